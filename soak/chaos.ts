import { setTimeout as sleep } from 'node:timers/promises'
import type { House } from './house.ts'
import { upstreamKinds } from './house.ts'
import { childrenOf } from './measure.ts'

/** What was done, by name and how often. */
export type Deeds = Record<string, number>

/** Does something bad every two seconds or so until the signal aborts, and leaves everything as it was. */
export async function runChaos(house: House, signal: AbortSignal, deeds: Deeds): Promise<void> {
  const choices = Object.entries(misdeeds)
  while (!signal.aborted) {
    await sleep(1_000 + Math.random() * 2_000)
    const [name, misdeed] = choices[Math.floor(Math.random() * choices.length)] ?? []
    if (name === undefined || misdeed === undefined || signal.aborted) continue
    await misdeed(house)
    deeds[name] = (deeds[name] ?? 0) + 1
  }
  house.configure()
}

const misdeeds: Readonly<Record<string, (house: House) => Promise<void> | void>> = {
  'upstreams killed': house =>
    house.restart(upstreamKinds[Math.floor(Math.random() * upstreamKinds.length)] ?? 'old', Math.random() * 1_500),
  'children killed': ({ pid }) => {
    const child = childrenOf(pid)[0]
    if (child !== undefined) process.kill(child, 'SIGKILL')
  },
  'sources added and taken away': async house => {
    house.configure(({ rest: _, ...others }) => ({ ...others, extra: { url: 'http://127.0.0.1:9/mcp' } }))
    await sleep(1_500)
    house.configure()
  },
  'sources changed': async house => {
    house.configure(entries => ({ ...entries, child: { ...entries.child, env: { ROUND: String(Math.random()) } } }))
    await sleep(1_500)
  },
  'broken files written': async house => {
    house.breakConfiguration()
    await sleep(1_000)
    house.configure()
  },
}
