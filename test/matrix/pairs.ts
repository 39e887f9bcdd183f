import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPatchbay } from '../../src/main.ts'
import type { Sdk } from '../fakes/full/serve.ts'
import { serveHttp } from '../fakes/full/serve.ts'
import type { Json } from '../fakes/full/surface.ts'
import type { Place, ProofClient } from './clients.ts'
import { clients } from './clients.ts'
import { until } from './observe.ts'
import { connectPlain } from './plain-client.ts'
import { renamed } from './renamed.ts'
import type { SurfaceName } from './surfaces.ts'
import { surfaces } from './surfaces.ts'

/** A client and a server, and how both legs are carried; `sse` is HTTP+SSE from the client, and HTTP behind. */
export type Pair = Readonly<{ client: string; transport: 'http' | 'stdio' | 'sse'; server: Sdk }>

/** Every pair: 4 clients, 2 transports, 2 servers. */
export const pairs: readonly Pair[] = Object.keys(clients).flatMap(client =>
  (['http', 'stdio'] as const).flatMap(transport =>
    (['old', 'new'] as const).map(server => ({ client, transport, server })),
  ),
)

/** The pairs of clients that speak HTTP+SSE. */
export const ssePairs: readonly Pair[] = ['SDK 1', 'SDK 2 legacy'].flatMap(client =>
  (['old', 'new'] as const).map(server => ({ client, transport: 'sse' as const, server })),
)

/** A client that is connected, and what has to be closed after it. */
export type Opened = Readonly<{ client: ProofClient; close(): Promise<void> }>

const cli = join(import.meta.dirname, '../../src/cli.ts')
const stdioServer = join(import.meta.dirname, 'server.ts')
const otherServer = join(import.meta.dirname, '../fakes/stdio-server.ts')

/** A client that can do everything, and what it answers. */
const able: Json = { elicitation: { form: {}, url: {} }, sampling: {}, roots: { listChanged: true } }
const answers = (method: string): Json => {
  if (method === 'roots/list') return { roots: [{ uri: 'file:///work', name: 'Work', _meta: { 'example.com/r': 1 } }] }
  if (method === 'sampling/createMessage')
    return { role: 'assistant', model: 'm-1', content: { type: 'text', text: 'Paris' }, stopReason: 'endTurn' }
  return { action: 'accept', content: { name: 'Ada', sizes: ['s'] } }
}

/**
 * The pair without Patchbay, which is always over HTTP where it is not over stdio. A client that speaks the modern era meets the modern server, whichever the pair has: the old
 * one would have it fall back, or refuse; what it must see through Patchbay is what its own era can carry.
 */
export async function openDirectly(
  { client, transport, server }: Pair,
  capabilities: Json = able,
  surface: SurfaceName = 'everything',
): Promise<Opened> {
  const sdk = client === 'SDK 2 auto' || client === 'SDK 2 modern' ? 'new' : server
  const closing: (() => Promise<void>)[] = []
  const place =
    transport === 'stdio' ? { args: [stdioServer, sdk, surface] } : await serveSurface(sdk, closing, surface)
  return connect(client, place, capabilities, closing)
}

/** The pair through Patchbay, at the endpoint of its only source, where nothing is renamed. */
export async function openThrough(
  { client, transport, server }: Pair,
  capabilities: Json = able,
  surface: SurfaceName = 'everything',
): Promise<Opened> {
  const closing: (() => Promise<void>)[] = []
  const up =
    transport === 'stdio'
      ? { command: process.execPath, args: [stdioServer, server, surface] }
      : { url: (await serveSurface(server, closing, surface)).url }
  const config = await writeConfig({ up }, closing)
  const args = [cli, 'stdio', '--config', config, '--server', 'up', '--log-level', 'silent']
  const serve = (): Promise<string> => servePatchbay(config, closing)
  const place =
    transport === 'stdio'
      ? { args }
      : transport === 'sse'
        ? { sse: `${await serve()}/up/sse` }
        : { url: `${await serve()}/mcp/up` }
  return whenListed(await connect(client, place, capabilities, closing))
}

/** The pair over HTTP through Patchbay, at the endpoint of all its sources, under its own names again. */
export async function openAmongOthers({ client, server }: Pair, capabilities: Json = able): Promise<Opened> {
  const closing: (() => Promise<void>)[] = []
  const { url } = await serveSurface(server, closing, 'everything')
  const other = { command: process.execPath, args: [otherServer, 'ok'], protocol: 'legacy' }
  const config = await writeConfig({ up: { url }, other }, closing)
  const place = { url: `${await servePatchbay(config, closing)}/mcp` }
  const opened = await connect(client, place, capabilities, closing)
  return whenListed({ ...opened, client: renamed(opened.client, 'up') })
}

/** On a busy machine the first list may come before the server has started. */
async function whenListed(opened: Opened): Promise<Opened> {
  await until(async () => (await opened.client.request('tools/list')).tools.length > 0, 15_000)
  return opened
}

async function writeConfig(mcpServers: Record<string, object>, closing: (() => Promise<void>)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-matrix-'))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'servers.json')
  await writeFile(file, JSON.stringify({ mcpServers, store: { path: ':memory:' } }))
  return file
}

async function serveSurface(
  sdk: Sdk,
  closing: (() => Promise<void>)[],
  surface: SurfaceName,
): Promise<{ url: string }> {
  const { url, close } = await serveHttp(surfaces[surface](), sdk)
  closing.push(close)
  return { url }
}

async function servePatchbay(config: string, closing: (() => Promise<void>)[]): Promise<string> {
  const patchbay = await startPatchbay({ config, logLevel: 'silent', watch: false })
  closing.push(() => patchbay.close())
  const url = await patchbay.listen({ port: 0 })
  await patchbay.gateway.settled()
  return url
}

async function connect(
  name: string,
  place: Place,
  capabilities: Json,
  closing: (() => Promise<void>)[],
): Promise<Opened> {
  const close = async (): Promise<void> => {
    for (const each of closing.reverse()) await each()
  }
  try {
    const open = name === 'plain' ? connectPlain : clients[name]
    const client = await open?.(place, answers, capabilities)
    if (client === undefined) throw new Error(`There is no client "${name}".`)
    closing.push(() => client.close())
    return { client, close }
  } catch (error) {
    await close()
    throw error
  }
}
