import type { Sample } from './plan.ts'

/**
 * Condenses a window of load.
 *
 * @param latencies - microseconds, one for each unit of work; gets sorted
 * @param bytes - of the last answer
 */
export function toSample(latencies: number[], seconds: number, bytes: number): Sample {
  latencies.sort((a, b) => a - b)
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0
  return { requests: latencies.length, seconds, p50Us: at(0.5), p99Us: at(0.99), bytes }
}
