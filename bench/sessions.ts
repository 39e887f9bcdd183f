/**
 * What sessions of old clients and open streams cost in memory: `node bench/sessions.ts [sessions] [streams]`.
 *
 * The gateway is a process of its own that collects its garbage before each figure. Half of the streams are the GETs of
 * old clients, half `subscriptions/listen` of modern ones; a stream's cost is that of its socket too.
 */
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPatchbay } from '../src/main.ts'

const [sessions = 10_000, streams = 2_000] = process.argv.slice(2).map(Number)
const capabilities = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: { listChanged: true } }
const clientInfo = { name: 'bench', version: '1' }

if (process.send === undefined) await measure()
else await serve()

async function measure(): Promise<void> {
  const server = fork(import.meta.filename, process.argv.slice(2), { execArgv: ['--expose-gc', ...process.execArgv] })
  const [url] = (await once(server, 'message')) as [string]
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const start = await memory(server)
  const ids = await inTurns(sessions, () => initialize(url, agent))
  agent.destroy()
  const idle = await memory(server)
  const open = await inTurns(streams, at => (at % 2 === 0 ? openGet(url, ids[at] ?? '') : openListen(url)))
  const full = await memory(server)
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  const each = (from: Memory, to: Memory, count: number): string =>
    `${Math.round((to.heapUsed - from.heapUsed) / count)} B of heap, ${Math.round((to.rss - from.rss) / count)} B resident each`
  console.log(`start                 ${mb(start.rss)} resident`)
  console.log(`${sessions} idle sessions   ${mb(idle.rss)} resident; ${each(start, idle, sessions)}`)
  console.log(`${streams} open streams     ${mb(full.rss)} resident; ${each(idle, full, streams)}`)
  for (const close of open) close()
  server.kill()
}

async function serve(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-sessions-'))
  const config = join(folder, 'servers.json')
  writeFileSync(config, JSON.stringify({ mcpServers: {}, store: { path: ':memory:' } }))
  const patchbay = await startPatchbay({ config, logLevel: 'silent', watch: false })
  process.send?.(`${await patchbay.listen({ port: 0 })}/mcp`)
  process.on('message', async () => {
    // What closed sockets leave behind goes a little later.
    for (let round = 0; round < 3; round += 1) {
      await new Promise(resolve => setTimeout(resolve, 300))
      globalThis.gc?.()
    }
    process.send?.(process.memoryUsage())
  })
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  process.on('SIGTERM', () => process.exit())
}

type Memory = Readonly<{ rss: number; heapUsed: number }>

async function memory(server: ChildProcess): Promise<Memory> {
  server.send('measure')
  const [figures] = (await once(server, 'message')) as [Memory]
  return figures
}

/** Runs 32 at once. */
async function inTurns<T>(count: number, run: (at: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let at = 0; at < count; at += 32)
    results.push(...(await Promise.all(Array.from({ length: Math.min(32, count - at) }, (_, more) => run(at + more)))))
  return results
}

async function initialize(url: string, agent: Agent): Promise<string> {
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo }
  const sent = request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json' } })
  sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }))
  const [answer] = await once(sent, 'response')
  answer.resume()
  await once(answer, 'end')
  return answer.headers['mcp-session-id']
}

async function openGet(url: string, session: string): Promise<() => void> {
  const sent = request(url, { agent: false, headers: { accept: 'text/event-stream', 'mcp-session-id': session } })
  sent.end()
  const [answer] = await once(sent, 'response')
  if (answer.statusCode !== 200) throw new Error(`GET was answered with ${answer.statusCode}.`)
  return () => sent.destroy()
}

async function openListen(url: string): Promise<() => void> {
  const name = 'io.modelcontextprotocol'
  const _meta = { [`${name}/protocolVersion`]: '2026-07-28', [`${name}/clientCapabilities`]: {} }
  const notifications = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }
  const headers = {
    'content-type': 'application/json',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'subscriptions/listen',
  }
  const sent = request(url, { method: 'POST', agent: false, headers })
  sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params: { _meta, notifications } }))
  const [answer] = await once(sent, 'response')
  if (answer.statusCode !== 200) throw new Error(`subscriptions/listen was answered with ${answer.statusCode}.`)
  return () => sent.destroy()
}
