import { defaultLimits } from '../../../src/core/limits.ts'
import { previewDocument } from '../../../src/sources/openapi/read-source.ts'

// A process of its own, whose memory is nobody else's: reads the documents that it is given, one after the other, and
// writes for each the most that was resident until then.

/** What became of one document, and the most that was resident in the process so far. */
export type Peak = Readonly<{ path: string; outcome: 'loaded' | 'refused'; peakMb: number }>

const peaks: Peak[] = []
for (const path of process.argv.slice(2)) {
  const reading = previewDocument({ document: { at: path }, headers: {} }, { limits: defaultLimits })
  const outcome = await reading.then(
    () => 'loaded' as const,
    () => 'refused' as const,
  )
  peaks.push({ path, outcome, peakMb: process.resourceUsage().maxRSS / 1_024 })
}
process.stdout.write(JSON.stringify(peaks))
