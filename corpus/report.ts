import type { Measurement } from './measure-document.ts'

/** One document: what was measured, or how its process ended. */
export type Result = Readonly<{ document: string } & ({ measured: Measurement } | { crashed: string })>

/** Whether a document lets the whole run fail. */
export function hasFailed(result: Result, allowRefused: boolean): boolean {
  if ('crashed' in result) return true
  return result.measured.violations > 0 || (result.measured.refused !== undefined && !allowRefused)
}

/** The table for people: a line a document, what is wrong below it, and the sums. */
export function toTable(results: readonly Result[]): string {
  const width = Math.max(8, ...results.map(({ document }) => document.length))
  const head = ['DOCUMENT'.padEnd(width), ...columns.map(({ title, width: room }) => title.padStart(room))].join('  ')
  const lines = results.flatMap(result => {
    const name = result.document.padEnd(width)
    if ('crashed' in result) return [`${name}  CRASHED ${result.crashed}`]
    const { measured } = result
    const cells = columns.map(({ width: room, cell }) => cell(measured).padStart(room))
    return [[name, ...cells, describeSkipped(measured)].join('  ').trimEnd(), ...describeProblems(measured)]
  })
  return [head, ...lines, '', summarise(results)].join('\n')
}

type Column = Readonly<{ title: string; width: number; cell: (measured: Measurement) => string }>

const columns: readonly Column[] = [
  { title: 'MS', width: 6, cell: ({ listMs }) => String(listMs) },
  { title: 'PEAK MB', width: 7, cell: ({ peakRssMb }) => String(peakRssMb) },
  { title: 'TOOLS', width: 6, cell: ({ tools }) => String(tools) },
  { title: 'LARGEST B', width: 9, cell: ({ largestBytes }) => String(largestBytes) },
  { title: 'TOTAL B', width: 9, cell: ({ totalBytes }) => String(totalBytes) },
  { title: 'TOKENS', width: 8, cell: ({ tokens }) => String(tokens) },
  { title: 'WARN', width: 4, cell: ({ warnings }) => String(warnings) },
]

function describeSkipped({ skipped }: Measurement): string {
  const counts = Object.entries(skipped)
  return counts.length === 0 ? '' : `skipped ${counts.map(([code, count]) => `${count} ${code}`).join(', ')}`
}

function describeProblems({ refused, violations, examples }: Measurement): readonly string[] {
  const shown = examples.slice(0, 5).map(example => {
    const where = 'tool' in example ? ` ${example.tool}${example.where ?? ''}` : ''
    return `    ${example.rule}${where}: ${example.detail}`
  })
  return [
    ...(refused === undefined ? [] : [`    refused: ${refused}`]),
    ...shown,
    ...(violations > shown.length ? [`    and ${violations - shown.length} more`] : []),
  ]
}

function summarise(results: readonly Result[]): string {
  const measured = results.flatMap(result => ('measured' in result ? [result.measured] : []))
  const sum = (pick: (measurement: Measurement) => number) => measured.reduce((total, each) => total + pick(each), 0)
  const skipped = sum(each => Object.values(each.skipped).reduce((total, count) => total + count, 0))
  return [
    `${results.length} documents: ${sum(each => each.tools)} tools, ${skipped} operations skipped,`,
    `${sum(each => each.totalBytes)} bytes, about ${sum(each => each.tokens)} tokens;`,
    `${results.length - measured.length} crashed, ${measured.filter(each => each.refused !== undefined).length} refused,`,
    `${measured.filter(each => each.violations > 0).length} break a rule.`,
  ].join(' ')
}
