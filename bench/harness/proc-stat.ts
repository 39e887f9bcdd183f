import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in ticks of 10 ms for every reader of /proc, whatever the kernel's own clock (USER_HZ is 100). */
const msPerTick = 10

/** What one process and its children cost until now. */
export type Cost = Readonly<{ cpuMs: number; rssMb: number }>

/**
 * Reads the CPU time and the memory of a process and of everything below it.
 *
 * CPU is user and system time of the living, and of children that ended and were waited for. Memory is the sum of the
 * resident sets, so pages that processes share count more than once. An upstream that a target runs as its child counts as
 * little as one that it reaches over the network.
 *
 * @throws when the process is gone
 */
export function costOf(pid: number): Cost {
  const costs = [ownCost(pid), ...childrenOf(pid).flatMap(child => costOrNothing(child))]
  return {
    cpuMs: costs.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssMb: costs.reduce((sum, { rssMb }) => sum + rssMb, 0),
  }
}

/** The CPU time that the whole machine has spent on anything. */
export function machineCpuMs(): number {
  const [, user, nice, system, , , irq, softirq] =
    readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/) ?? []
  return [user, nice, system, irq, softirq].reduce((sum, ticks) => sum + Number(ticks), 0) * msPerTick
}

/** The most memory that one process has held, in MB. */
export function peakRssMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

function ownCost(pid: number): Cost {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the command in parentheses and may hold anything, so counting starts behind it (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number)
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0
  return {
    cpuMs: ((utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0)) * msPerTick,
    rssMb: Number(rss) / 1024,
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap(thread => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
    } catch {
      return [] // The thread ended since it was listed.
    }
  })
}

/** Its script is the first argument of `node`. */
function isUpstream(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1]?.endsWith('stdio-upstream.ts') ?? false
}

function costOrNothing(pid: number): Cost[] {
  try {
    return isUpstream(pid) ? [] : [costOf(pid)]
  } catch {
    return [] // The child ended since it was listed; its parent has its CPU now.
  }
}
