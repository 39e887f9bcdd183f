import type { CallOutcome, Meter } from '../core/meter.ts'

/** The upper bounds of the buckets in which the durations of calls are counted, in milliseconds. */
export const bucketsMs: readonly number[] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000]

/** What was counted of one source. `buckets`: how many calls took at most as long as the bound of that place, alone. */
export type CallTally = { outcomes: Record<CallOutcome, number>; buckets: number[]; count: number; sumMs: number }

/** What was counted of one door, by the class of the status: 2 for 200 to 299. */
export type DoorTally = Map<number, number>

/** Counts, and tells what it counted. */
export type Tallies = Meter & Readonly<{ calls: ReadonlyMap<string, CallTally>; doors: ReadonlyMap<string, DoorTally> }>

/**
 * Counts in plain numbers, a tenth of what a metrics library takes to find the series of some labels; the library writes
 * them out when they are asked for.
 */
export function openTallies(): Tallies {
  const calls = new Map<string, CallTally>()
  const doors = new Map<string, DoorTally>()
  return {
    calls,
    doors,
    called(sourceId, outcome, ms) {
      let tally = calls.get(sourceId)
      if (tally === undefined) {
        tally = {
          outcomes: { ok: 0, tool_error: 0, failed: 0, cancelled: 0 },
          buckets: bucketsMs.map(() => 0),
          count: 0,
          sumMs: 0,
        }
        calls.set(sourceId, tally)
      }
      tally.outcomes[outcome] += 1
      tally.count += 1
      tally.sumMs += ms
      for (let at = 0; at < bucketsMs.length; at += 1) {
        if (ms > (bucketsMs[at] ?? 0)) continue
        tally.buckets[at] = (tally.buckets[at] ?? 0) + 1
        break
      }
    },
    answered(door, status) {
      let tally = doors.get(door)
      if (tally === undefined) {
        tally = new Map()
        doors.set(door, tally)
      }
      const kind = Math.floor(status / 100)
      tally.set(kind, (tally.get(kind) ?? 0) + 1)
    },
  }
}
