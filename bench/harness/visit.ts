import { availableParallelism } from 'node:os'
import type { Plan, Sample } from '../load/plan.ts'
import type { Generator } from './generator.ts'
import { costOf, machineCpuMs } from './proc-stat.ts'

/** One window of load on one target: what the client saw, and what the target's processes spent on it. */
export type Visit = Sample & Readonly<{ cpuMs: number; rssMb: number; foreignShare: number }>

/** Above this share of the machine's CPU spent by strangers a window is measured again, at most `maxTries` times. */
const maxForeignShare = 0.1
const maxTries = 3

/**
 * Opens connections, warms up, measures and closes.
 *
 * @param pid - the target's; its children count as well
 */
export async function visit(
  generator: Generator,
  plan: Plan,
  { pid, warmupMs, windowMs }: { pid: number; warmupMs: number; windowMs: number },
): Promise<Visit> {
  await generator.open(plan)
  await generator.run(warmupMs)
  const best = await leastDisturbed(pid, () => generator.run(windowMs))
  await generator.close()
  return best
}

/**
 * Runs a window of load, again while strangers take much of the machine.
 *
 * @returns of the windows measured the one that strangers disturbed least
 */
export async function leastDisturbed(pid: number, run: () => Promise<Sample>): Promise<Visit> {
  let best = await measureWindow(pid, run)
  for (let tries = 1; tries < maxTries && best.foreignShare > maxForeignShare; tries += 1) {
    const again = await measureWindow(pid, run)
    if (again.foreignShare < best.foreignShare) best = again
  }
  return best
}

async function measureWindow(pid: number, run: () => Promise<Sample>): Promise<Visit> {
  const before = readCosts(pid)
  const sample = await run()
  const after = readCosts(pid)
  const foreignMs = after.machineMs - before.machineMs - (after.oursMs - before.oursMs)
  return {
    ...sample,
    cpuMs: after.target.cpuMs - before.target.cpuMs,
    rssMb: after.target.rssMb,
    foreignShare: Math.max(0, foreignMs) / (sample.seconds * 1000 * availableParallelism()),
  }
}

/** The harness is the root of every process here, so what is not below it is foreign. */
function readCosts(pid: number): { target: ReturnType<typeof costOf>; oursMs: number; machineMs: number } {
  return { target: costOf(pid), oursMs: costOf(process.pid).cpuMs, machineMs: machineCpuMs() }
}
