import type { Scenario } from '../scenarios.ts'
import type { Target } from '../targets.ts'
import type { Measured, PlacedVisit } from './rounds.ts'
import { median, quantile } from './statistics.ts'

/**
 * One target's row: medians over its visits.
 *
 * Ratios and differences are taken against the base's visit in the same round, and only then the median, so that a slow
 * minute of the machine cancels out.
 */
export type Row = Readonly<{
  target: string
  visits: number
  cpuUs: number
  cpuRatio: number
  /** The quartiles of `cpuRatio`. */
  cpuRatioRange: readonly [number, number]
  rps: number
  rpsRatio: number
  p50Us: number
  p99Us: number
  p50AddedUs: number
  p99AddedUs: number
  rssMb: number
  bytes: number
}>

/** What came of one scenario. */
export type Summary = Readonly<{
  scenario: string
  about: string
  rows: readonly Row[]
  failures: Readonly<Record<string, string>>
  /** Why the run says nothing; absent when the null target is within 0.9 to 1.1 of the base. */
  void?: string
  /** The share of the machine's CPU that other processes took, median and worst over the windows. */
  foreignShare: Readonly<{ median: number; worst: number }>
  goals: readonly Readonly<{ text: string; value: number; met: boolean }>[]
}>

/** Condenses the visits of one scenario. */
export function summarize(
  scenario: Pick<Scenario, 'name' | 'about' | 'goals'>,
  targets: readonly Pick<Target, 'name' | 'role'>[],
  { visits, failures }: Measured,
): Summary {
  const base = targets.find(({ role }) => role === 'base')
  const rows = targets.flatMap(({ name }) => {
    const own = visits.filter(({ target }) => target === name)
    return own.length === 0
      ? []
      : [
          toRow(
            name,
            own,
            visits.filter(({ target }) => target === base?.name),
          ),
        ]
  })
  const rowOf = (role: Target['role']): Row | undefined =>
    rows.find(({ target }) => target === targets.find(target => target.role === role)?.name)
  const nullRow = rowOf('null')
  const gateway = rowOf('gateway')
  const foreign = visits.map(({ foreignShare }) => foreignShare)
  return {
    scenario: scenario.name,
    about: scenario.about,
    rows,
    failures: Object.fromEntries(failures),
    ...voidance(nullRow),
    foreignShare: { median: median(foreign), worst: Math.max(...foreign) },
    goals:
      gateway === undefined
        ? []
        : scenario.goals.map(goal => {
            const value = gateway[goal.of]
            return { text: goal.text, value, met: 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast }
          }),
  }
}

function voidance(nullRow: Row | undefined): { void?: string } {
  if (nullRow === undefined) return { void: 'void: null was not measured' }
  const { cpuRatio } = nullRow
  if (cpuRatio >= 0.9 && cpuRatio <= 1.1) return {}
  return { void: `void: null at ${cpuRatio.toFixed(2)} of the base's CPU, outside 0.9 to 1.1` }
}

function toRow(target: string, own: readonly PlacedVisit[], base: readonly PlacedVisit[]): Row {
  const overPairs = (value: (own: PlacedVisit, base: PlacedVisit) => number): number[] =>
    own.flatMap(visit => {
      const partner = base.find(({ life, round }) => life === visit.life && round === visit.round)
      return partner === undefined ? [] : [value(visit, partner)]
    })
  const cpuRatios = overPairs((own, base) => cpuUs(own) / cpuUs(base))
  return {
    target,
    visits: own.length,
    cpuUs: median(own.map(cpuUs)),
    cpuRatio: median(cpuRatios),
    cpuRatioRange: [quantile(cpuRatios, 0.25), quantile(cpuRatios, 0.75)],
    rps: median(own.map(rps)),
    rpsRatio: median(overPairs((own, base) => rps(own) / rps(base))),
    p50Us: median(own.map(visit => visit.p50Us)),
    p99Us: median(own.map(visit => visit.p99Us)),
    p50AddedUs: median(overPairs((own, base) => own.p50Us - base.p50Us)),
    p99AddedUs: median(overPairs((own, base) => own.p99Us - base.p99Us)),
    rssMb: median(own.map(({ rssMb }) => rssMb)),
    bytes: median(own.map(({ bytes }) => bytes)),
  }
}

function cpuUs({ cpuMs, requests }: PlacedVisit): number {
  return (cpuMs * 1000) / requests
}

function rps({ requests, seconds }: PlacedVisit): number {
  return requests / seconds
}
