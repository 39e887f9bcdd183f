import type { CallOutcome, Meter, SpendingMeter } from '../core/meter.ts'
import type { Tokens } from '../core/price.ts'

/** The upper bounds of the buckets in which the durations of calls are counted, in milliseconds. */
export const bucketsMs: readonly number[] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000]

/** What was counted of one source. `buckets`: how many calls took at most as long as the bound of that place, alone. */
export type CallTally = { outcomes: Record<CallOutcome, number>; buckets: number[]; count: number; sumMs: number }

/** What was counted of one door, by the class of the status: 2 for 200 to 299. */
export type DoorTally = Map<number, number>

/** What was counted of one model: tokens, US dollars, and turns whose cost nobody knows. */
export type ModelTally = { tokens: { -readonly [Kind in keyof Tokens]: number }; cost: number; unpriced: number }

/** Counts, and tells what it counted. */
export type Tallies = Meter &
  SpendingMeter &
  Readonly<{
    calls: ReadonlyMap<string, CallTally>
    doors: ReadonlyMap<string, DoorTally>
    models: ReadonlyMap<string, ModelTally>
  }>

/**
 * Counts in plain numbers, a tenth of what a metrics library takes to find the series of some labels; the library writes
 * them out when they are asked for.
 */
export function openTallies(): Tallies {
  const calls = new Map<string, CallTally>()
  const doors = new Map<string, DoorTally>()
  const models = new Map<string, ModelTally>()
  return {
    calls,
    doors,
    models,
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
    spent(model, tokens, cost) {
      let tally = models.get(model)
      if (tally === undefined) {
        tally = { tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, cost: 0, unpriced: 0 }
        models.set(model, tally)
      }
      tally.tokens.input += tokens.input
      tally.tokens.output += tokens.output
      tally.tokens.cacheRead += tokens.cacheRead
      tally.tokens.cacheWrite += tokens.cacheWrite
      if (cost === undefined) tally.unpriced += 1
      else tally.cost += cost
    },
  }
}
