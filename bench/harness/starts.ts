import { join } from 'node:path'
import type { Failures } from './failures.ts'
import { orNote } from './failures.ts'
import type { Listed, Start } from './first-list.ts'
import { median, quantile, shuffled } from './statistics.ts'

/** Something whose start is measured. */
export type Starter = Readonly<{
  name: string
  /** What the command line calls it; several starters may share it. */
  target: string
  role: 'base' | 'null' | 'gateway' | 'peer'
  /** Writes what a start needs, which is not measured; gives what starts it once. */
  prepare: (directory: string) => Promise<() => Promise<Start>>
}>

/** A bound that every gateway has to keep, in the unit of its field. */
export type StartGoal = Readonly<{ of: 'wallMs' | 'rssMb' | 'peakMb'; atMost: number; text: string }>

/** Medians over one starter's starts; NaN where Node alone has no such number. */
export type StartRow = Readonly<{
  name: string
  starts: number
  wallMs: number
  /** The quartiles of `wallMs`. */
  wallRangeMs: readonly [number, number]
}> &
  Listed

/** What came of one scenario of starts. */
export type StartSummary = Readonly<{
  scenario: string
  about: string
  rows: readonly StartRow[]
  failures: Readonly<Record<string, string>>
  /** Why the times say nothing; absent when the null is within 0.9 to 1.1 of the base, or neither was measured. */
  void?: string
  /** `values` by gateway; NaN for one that has failed. */
  goals: readonly Readonly<{ text: string; values: Readonly<Record<string, number>>; met: boolean }>[]
}>

/** What is asked of every starter. */
export type StartQuestion = Readonly<{ name: string; about: string; goals: readonly StartGoal[] }>

/** How often it is asked, and where files may go. `log` is told what goes on, one line at a time. */
export type StartOptions = Readonly<{ rounds: number; directory: string; log: (line: string) => void }>

/** Measures starts in shuffled, interleaved rounds. A starter that fails is noted and left out. */
export async function measureStarts(
  starters: readonly Starter[],
  { name: scenario, about, goals }: StartQuestion,
  { rounds, directory, log }: StartOptions,
): Promise<StartSummary> {
  const failures: Failures = new Map()
  const prepared: (Starter & Readonly<{ start: () => Promise<Start>; seen: Start[] }>)[] = []
  for (const starter of starters) {
    await orNote(failures, starter, async () => {
      const start = await starter.prepare(join(directory, scenario, starter.name.replaceAll(' ', '-')))
      prepared.push({ ...starter, start, seen: [] })
    })
  }
  // Round -1 is not kept: it brings files into the page cache, and compiled code into Node's.
  for (let round = -1; round < rounds; round += 1) {
    for (const starter of shuffled(prepared)) {
      await orNote(failures, starter, async () => {
        const start = await starter.start()
        log(`${scenario} ${round} ${starter.name}: ${start.wallMs.toFixed(0)} ms`)
        if (round >= 0) starter.seen.push(start)
      })
    }
  }
  const rows = prepared.filter(({ seen }) => seen.length > 0).map(({ name, seen }) => toRow(name, seen))
  const gateways = starters.filter(({ role }) => role === 'gateway').map(({ name }) => name)
  const rowOf = (role: Starter['role']): StartRow | undefined =>
    rows.find(({ name }) => name === starters.find(starter => starter.role === role)?.name)
  return {
    scenario,
    about,
    rows,
    failures: Object.fromEntries(failures),
    ...voidance(rowOf('base'), rowOf('null')),
    goals: gateways.length === 0 ? [] : goals.map(goal => judge(goal, gateways, rows)),
  }
}

function toRow(name: string, starts: readonly Start[]): StartRow {
  const walls = starts.map(({ wallMs }) => wallMs)
  const of = (field: keyof NonNullable<Start['listed']>): number =>
    median(starts.flatMap(({ listed }) => listed?.[field] ?? []))
  return {
    name,
    starts: starts.length,
    wallMs: median(walls),
    wallRangeMs: [quantile(walls, 0.25), quantile(walls, 0.75)],
    cpuMs: of('cpuMs'),
    rssMb: of('rssMb'),
    settledMb: of('settledMb'),
    peakMb: of('peakMb'),
    tools: of('tools'),
    bytes: of('bytes'),
  }
}

function voidance(base: StartRow | undefined, nullRow: StartRow | undefined): { void?: string } {
  if (base === undefined || nullRow === undefined) return {}
  const ratio = nullRow.wallMs / base.wallMs
  if (ratio >= 0.9 && ratio <= 1.1) return {}
  return { void: `void: null at ${ratio.toFixed(2)} of Node's own start, outside 0.9 to 1.1` }
}

/** One gateway that misses it, or has failed, is enough to miss a goal. */
function judge(
  { of, atMost, text }: StartGoal,
  gateways: readonly string[],
  rows: readonly StartRow[],
): StartSummary['goals'][number] {
  const values = Object.fromEntries(
    gateways.map(gateway => [gateway, rows.find(({ name }) => name === gateway)?.[of] ?? Number.NaN]),
  )
  return { text, values, met: Object.values(values).every(value => value <= atMost) }
}
