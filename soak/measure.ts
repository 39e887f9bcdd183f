import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { House } from './house.ts'

/** What Patchbay holds at one moment, by name. */
export type Holdings = Readonly<Record<string, number>>

/** Asks the debug hook, and the kernel. @throws when Patchbay is gone */
export async function measure({ pid, probeFile }: House): Promise<Holdings> {
  rmSync(probeFile, { force: true })
  process.kill(pid, 'SIGUSR2')
  const { heapMb, externalMb, kinds } = await readProbe(probeFile)
  const rssKb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return {
    'RSS, MB': Number(rssKb) / 1024,
    'heap after collection, MB': heapMb,
    'buffers after collection, MB': externalMb,
    'file descriptors': readdirSync(`/proc/${pid}/fd`).length,
    children: childrenOf(pid).length,
    timers: (kinds.Timeout ?? 0) + (kinds.Immediate ?? 0),
    'sockets and pipes': (kinds.TCPSocketWrap ?? 0) + (kinds.PipeWrap ?? 0),
  }
}

/** The processes that one started and that live. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap(thread => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
    } catch {
      return [] // The thread ended since it was listed.
    }
  })
}

type Probe = { heapMb: number; externalMb: number; kinds: Record<string, number> }

async function readProbe(file: string): Promise<Probe> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await sleep(100)
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      // Not written yet, or not to its end.
    }
  }
  throw new Error('The debug hook gave no answer.')
}
