import type { KnownFailures } from './known-failures.ts'
import type { Outcome } from './suite.ts'

/** A line of the table: what was run, and what was found, or why it could not be run. */
export type Row = Readonly<
  { name: string; set: string; known: KnownFailures } & ({ outcome: Outcome } | { broken: string })
>

/** Whether a row lets the whole run fail: a scenario failed that is not known to, or one passed that is. */
export function hasFailed(row: Row): boolean {
  if ('broken' in row) return true
  const { unknown, stale } = compare(row.outcome, row.known)
  return unknown.length > 0 || stale.length > 0
}

/** The table for people: a line a pair, the scenarios that failed below it. */
export function toTable(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length))
  const head = `${'PAIR'.padEnd(width)}  SET         PASSED  FAILED  WARNED  SKIPPED  VERDICT`
  return [head, ...rows.flatMap(row => toLines(row, width))].join('\n')
}

/** A line for each check that failed, then one for each scenario of which it is known why. */
export function toReasons(row: Row): readonly string[] {
  if ('broken' in row) return []
  const known = compare(row.outcome, row.known).known.map(name => `${name}: known: ${row.known[name]}`)
  return [...row.outcome.reasons, ...known].map(reason => `${row.name} | ${reason}`)
}

function toLines(row: Row, width: number): readonly string[] {
  const begin = `${row.name.padEnd(width)}  ${row.set}`
  if ('broken' in row) return [`${begin}  could not be run: ${row.broken}`]
  const { passed, failed, warnings, skipped } = row.outcome
  const counts = [passed, failed, warnings, skipped].map((count, index) => String(count).padStart(index === 3 ? 7 : 6))
  const { unknown, known, stale } = compare(row.outcome, row.known)
  return [
    `${begin}  ${counts.join('  ')}  ${hasFailed(row) ? 'FAIL' : known.length > 0 ? 'as known' : 'pass'}`,
    ...lineOf('failed', unknown),
    ...lineOf('failed, as known', known),
    ...lineOf('passed, so take out of known-failures.ts', stale),
  ]
}

function lineOf(what: string, names: readonly string[]): readonly string[] {
  return names.length > 0 ? [`    ${what}: ${names.join(', ')}`] : []
}

/** What failed of which nothing is known, what failed as known, and what is known to fail and did not. */
function compare({ failedRequired, failedOthers }: Outcome, known: KnownFailures) {
  const failed = [...failedRequired, ...failedOthers]
  return {
    unknown: failed.filter(name => !Object.hasOwn(known, name)),
    known: failed.filter(name => Object.hasOwn(known, name)),
    stale: Object.keys(known).filter(name => !failed.includes(name)),
  }
}
