import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StartQuestion } from './harness/starts.ts'
import { largeDocument } from './large-document.ts'
import type { StartApi } from './start.ts'

/** What `large` asks. */
export const large: StartQuestion = {
  name: 'large',
  about:
    'Spawn to the last byte of the last page of the first tools/list, a made document of 20 MB and 11,000 operations',
  goals: [
    { of: 'wallMs', atMost: 10_000, text: 'at most 10,000 ms from spawn to the list' },
    { of: 'peakMb', atMost: 600, text: 'at most 600 MB resident at any time' },
  ],
}

/** As much as `limits.maxDocumentBytes` lets through. */
const recipe = { operations: 11_000, bytes: 20_971_520, seed: 1 }

/** More tools than is usual; and time enough for a slow machine to end with a number instead of a failure. */
const limits = { maxToolsPerSource: 12_000, documentTimeoutMs: 60_000, listTimeoutMs: 60_000 }

/** Writes the document into a folder. */
export function writeLargeApi(directory: string): StartApi {
  mkdirSync(directory, { recursive: true })
  const document = join(directory, 'large.json')
  writeFileSync(document, largeDocument(recipe))
  return { document, baseUrl: 'https://api.example.com/v1.0', limits }
}
