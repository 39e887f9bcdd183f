import type { Outcome } from './suite.ts'

/** A line of the table: what was run, and what was found, or why it could not be run. */
export type Row = Readonly<
  { name: string; set: string; required: boolean } & ({ outcome: Outcome } | { broken: string })
>

/** Whether a row lets the whole run fail. */
export function hasFailed(row: Row): boolean {
  return row.required && ('broken' in row || row.outcome.failedRequired.length > 0)
}

/** The table for people: a line a pair, the scenarios that failed below it. */
export function toTable(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length))
  const head = `${'PAIR'.padEnd(width)}  SET         PASSED  FAILED  WARNED  SKIPPED  VERDICT`
  return [head, ...rows.flatMap(row => toLines(row, width))].join('\n')
}

function toLines(row: Row, width: number): readonly string[] {
  const begin = `${row.name.padEnd(width)}  ${row.set}`
  if ('broken' in row) return [`${begin}  could not be run: ${row.broken}`]
  const { passed, failed, warnings, skipped, failedRequired, failedOthers } = row.outcome
  const counts = [passed, failed, warnings, skipped].map((count, index) => String(count).padStart(index === 3 ? 7 : 6))
  return [
    `${begin}  ${counts.join('  ')}  ${verdictOf(row, failedRequired.length)}`,
    ...(failedRequired.length > 0 ? [`    failed: ${failedRequired.join(', ')}`] : []),
    ...(failedOthers.length > 0 ? [`    failed, not scored: ${failedOthers.join(', ')}`] : []),
  ]
}

function verdictOf(row: Row, failed: number): string {
  if (failed === 0) return 'pass'
  return row.required ? 'FAIL' : 'not required'
}
