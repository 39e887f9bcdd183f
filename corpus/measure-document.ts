import { isDeepStrictEqual } from 'node:util'
import { countTokens } from '../src/cli/count-tokens.ts'
import { defaultLimits } from '../src/core/limits.ts'
import type { Violation } from './check-tools.ts'
import { checkTools } from './check-tools.ts'
import { serveDocument } from './serve-document.ts'

/** What is known of one document after it was served. Times in milliseconds, sizes in bytes unless the name says so. */
export type Measurement = Readonly<{
  listMs: number
  peakRssMb: number
  tools: number
  /** How many operations were skipped, by code. */
  skipped: Readonly<Record<string, number>>
  warnings: number
  totalBytes: number
  largestBytes: number
  largestTool?: string
  /** As a model counts them (o200k); of a long list from a sample. */
  tokens: number
  /** Why the document was refused as a whole. */
  refused?: string
  /** How many rules were broken, and the first of them. */
  violations: number
  examples: readonly (Violation | Readonly<{ rule: 'preview-differs'; detail: string }>)[]
}>

/** What of a long list is given to the tokenizer. */
const maxTokenizedBytes = 2_000_000
const maxExamples = 20

// One document in a process of its own: `node corpus/measure-document.ts FILE` prints a Measurement as JSON.
const [path = ''] = process.argv.slice(2)
process.stdout.write(`${JSON.stringify(await measure(path))}\n`)

async function measure(file: string): Promise<Measurement> {
  const { listMs, peakRssMb, tools, preview } = await serveDocument(file)
  const broken = [
    ...checkTools(tools, defaultLimits.maxToolBytes),
    ...(preview.ok && !isDeepStrictEqual(preview.tools, tools)
      ? [{ rule: 'preview-differs' as const, detail: findDifference(preview.tools, tools) }]
      : []),
  ]
  const texts = tools.map(tool => JSON.stringify(tool))
  const sizes = texts.map(text => Buffer.byteLength(text))
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0)
  const largestBytes = Math.max(0, ...sizes)
  const largest = tools[sizes.indexOf(largestBytes)]
  return {
    listMs: Math.round(listMs),
    peakRssMb: Math.round(peakRssMb),
    tools: tools.length,
    skipped: preview.ok ? countBy(preview.skipped.map(({ code }) => code)) : {},
    warnings: preview.ok ? preview.warnings.length : 0,
    totalBytes,
    largestBytes,
    ...(largest !== undefined && { largestTool: largest.name }),
    tokens: estimateTokens(texts, totalBytes),
    ...(!preview.ok && { refused: `${preview.code} ${preview.message}` }),
    violations: broken.length,
    examples: broken.slice(0, maxExamples),
  }
}

function estimateTokens(texts: readonly string[], totalBytes: number): number {
  const every = Math.max(1, Math.ceil(totalBytes / maxTokenizedBytes))
  const sample = texts.filter((_, index) => index % every === 0)
  const bytes = sample.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const tokens = sample.reduce((sum, text) => sum + countTokens(text), 0)
  return bytes === 0 ? 0 : Math.round((tokens / bytes) * totalBytes)
}

function findDifference(preview: readonly unknown[], served: readonly unknown[]): string {
  if (preview.length !== served.length) return `The preview has ${preview.length} tools, /mcp ${served.length}.`
  const index = served.findIndex((tool, at) => !isDeepStrictEqual(tool, preview[at]))
  return `Tool ${index} is ${JSON.stringify(preview[index]).slice(0, 100)} in the preview.`
}

function countBy(codes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1
  return counts
}
