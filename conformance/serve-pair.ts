import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from '../bench/harness/child.ts'
import { startChild } from '../bench/harness/child.ts'
import type { Pair } from './pairs.ts'

const fixture = join(import.meta.dirname, 'fixture/start.ts')
const patchbay = join(import.meta.dirname, '../src/cli.ts')

/** What the suite is pointed at, and how to end it. */
export type ServedPair = Readonly<{ url: string; stop(): Promise<void> }>

/** Starts a pair's fixture, and Patchbay before it. Logs and configuration go into `directory`. */
export async function servePair(pair: Pair, directory: string): Promise<ServedPair> {
  const overStdio = pair.upstream?.transport === 'stdio'
  const started: Child[] = []
  const stop = async (): Promise<void> => {
    for (const child of started.reverse()) await child.stop()
  }
  try {
    if (!overStdio) started.push(await startChild({ name: 'fixture', directory, args: [fixture, pair.sdk] }))
    const origin = started[0]?.origin
    if (pair.upstream === undefined) return { url: `${origin}/mcp`, stop }
    const { protocol } = pair.upstream
    const entry = overStdio
      ? { command: process.execPath, args: [fixture, pair.sdk, 'stdio'], protocol }
      : { url: `${origin}/mcp`, protocol }
    const gateway = await startPatchbay(entry, directory)
    started.push(gateway)
    return { url: `${gateway.origin}/mcp/up`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts Patchbay with one upstream, `up`. */
export function startPatchbay(entry: object, directory: string): Promise<Child> {
  const config = join(directory, 'servers.json')
  writeFileSync(config, JSON.stringify({ mcpServers: { up: entry }, store: { path: join(directory, 'state.db') } }))
  const args = [patchbay, 'serve', '--config', config, '--port', '0', '--log-level', 'warn']
  return startChild({ name: 'patchbay', directory, args, readyPath: '/readyz' })
}
