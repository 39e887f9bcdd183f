import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from '../bench/harness/child.ts'
import { startChild } from '../bench/harness/child.ts'

/** Upstreams that run outside Patchbay; a fourth is its own child. */
export const upstreamKinds = ['old', 'new', 'rest'] as const

/** One of {@link upstreamKinds}. */
export type UpstreamKind = (typeof upstreamKinds)[number]

/** The `mcpServers` of servers.json. */
type Entries = Readonly<Record<string, object>>

/** Everything that runs during a soak, and what chaos may do to it. */
export type House = Readonly<{
  /** Where Patchbay listens. */
  origin: string
  pid: number
  probeFile: string
  /** Kills an upstream without a word and starts it again after a while, at the same place. */
  restart(kind: UpstreamKind, pauseMs: number): Promise<void>
  /** Writes the configuration, as it was at the start or with other entries. */
  configure(change?: (entries: Entries) => Entries): void
  /** Writes a configuration that cannot be read. */
  breakConfiguration(): void
  stop(): Promise<void>
}>

const from = (path: string): string => join(import.meta.dirname, path)

/** Starts the upstreams and Patchbay before them. Logs and configuration go into `directory`. */
export async function openHouse(directory: string): Promise<House> {
  const upstreams = new Map<UpstreamKind, Child>()
  const start = async (kind: UpstreamKind, port: string): Promise<string> => {
    const args = [from('upstream-server.ts'), kind, port]
    const child = await startChild({ name: kind, directory, args })
    upstreams.set(kind, child)
    return child.origin
  }
  const origins = new Map<UpstreamKind, string>()
  for (const kind of upstreamKinds) origins.set(kind, await start(kind, '0'))

  const config = join(directory, 'servers.json')
  const document = {
    openapi: '3.1.0',
    info: { title: 'Soak', version: '1' },
    paths: { '/things': { get: { operationId: 'things', responses: { 200: { description: 'fine' } } } } },
  }
  const entries: Entries = {
    old: { url: `${origins.get('old')}/mcp` },
    new: { url: `${origins.get('new')}/mcp` },
    rest: { openapi: document, baseUrl: origins.get('rest') },
    child: { command: process.execPath, args: [from('../test/fakes/stdio-server.ts'), 'ok'] },
  }
  const configure: House['configure'] = (change = same => same) => {
    const limits = { sessionIdleMs: 2_000, retryMaxMs: 2_000, callTimeoutMs: 10_000 }
    writeFileSync(config, JSON.stringify({ mcpServers: change(entries), limits, store: { path: ':memory:' } }))
  }
  configure()
  const probeFile = join(directory, 'probe.json')
  process.env.SOAK_PROBE = probeFile
  const args = ['--expose-gc', '--import', from('probe.ts'), from('../src/cli.ts'), 'serve']
  const options = ['--config', config, '--port', '0', '--log-level', 'warn']
  const patchbay = await startChild({ name: 'patchbay', directory, args: [...args, ...options], readyPath: '/readyz' })

  return {
    origin: patchbay.origin,
    pid: patchbay.pid,
    probeFile,
    configure,
    breakConfiguration: () => writeFileSync(config, '{ "mcpServers": '),
    async restart(kind, pauseMs) {
      process.kill(upstreams.get(kind)?.pid ?? 0, 'SIGKILL')
      await new Promise(resolve => setTimeout(resolve, pauseMs))
      await start(kind, new URL(origins.get(kind) ?? '').port)
    },
    async stop() {
      await patchbay.stop()
      for (const child of upstreams.values()) await child.stop()
    },
  }
}
