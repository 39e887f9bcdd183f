import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { initialize, legacy, modern, post } from '../serve/door.ts'
import { until } from '../sources/mcp/helpers.ts'
import type { Attack, Seen } from './attacks.ts'
import { deafReaders, endlessBodies, flood, head, posting, slowBodies, slowHeaders, vanishing } from './attacks.ts'
import { cli, stdioEntry } from './patchbay.ts'

/** Quick, so that a test need not wait for what takes a minute in earnest. */
const limits = { headersTimeoutMs: 1_000, requestTimeoutMs: 1_500, maxSessions: 200, maxStreams: 100 }
const attackMs = 2_500
/** How much longer a healthy call may take: half of the calls, against a quiet run. The two cores are shared with the attack. */
const maxRatio = 60

const wait = modern('tools/call', { name: 'up__wait', arguments: {} })
const large = modern('tools/call', { name: 'other__echo', arguments: { text: 'x'.repeat(200_000) } })
const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'storm', version: '0' } }
const batch = JSON.stringify(Array.from({ length: 10_000 }, () => legacy('ping')))

/** Patchbay as a process of its own, so that what the test does is not in its way; one for all, as it would be in earnest. */
let patchbay: { url: string; pid: number; stop(): void }
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-hostile-'))
  const config = join(folder, 'servers.json')
  writeFileSync(config, JSON.stringify({ mcpServers: { up: stdioEntry(), other: stdioEntry() }, limits }))
  const args = [cli, 'serve', '--port', '0', '--config', config, '--log-level', 'error']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', data => {
    text += data
  })
  patchbay = {
    url: '',
    pid: child.pid ?? 0,
    stop() {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await until(() => text.includes('other: ready'))
  patchbay.url = /http:\/\/\S+\/mcp$/m.exec(text)?.[0] ?? ''
})
afterAll(() => patchbay.stop())

it.each<[string, Attack, (seen: Seen) => void]>([
  ['headers that never end are cut off', slowHeaders, seen => expect(seen.ended).toBeGreaterThanOrEqual(150)],
  ['bodies that never end are cut off', slowBodies, seen => expect(seen.ended).toBeGreaterThanOrEqual(100)],
  ['bodies without bound are refused', endlessBodies, onlyStatus(413)],
  ['batches of ten thousand are refused', flood(100, () => posting(batch), 2), onlyStatus(400)],
  [
    'sessions that were guessed are not there',
    flood(1_000, () => posting(legacy('tools/list'), { 'mcp-session-id': randomUUID() })),
    onlyStatus(404),
  ],
  ['pages from elsewhere are refused', flood(1_000, () => head({ origin: 'https://evil.example' })), onlyStatus(403)],
  ['names that are not ours are refused', flood(1_000, () => head({ host: 'evil.example' })), onlyStatus(403)],
  ['clients that read nothing hold up nobody', deafReaders(20, posting(large.body, large.headers)), () => {}],
  ['clients that vanish leave nothing behind', vanishing(200, () => posting(wait.body, wait.headers)), () => {}],
  [
    'sessions that are opened and left are bounded',
    flood(1_000, () => posting(legacy('initialize', hello))),
    onlyStatus(200),
  ],
])('%s, and a healthy client goes on', { timeout: 60_000 }, async (_, attack, check) => {
  const { seen, ratio } = await underAttack(attack)
  check(seen)
  expect(ratio).toBeLessThan(maxRatio)
})

it.each([
  ['nest a million deep', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
  ['hold a million empty lists', `[${'[],'.repeat(1_000_000)}[]]`],
])('bodies that %s are refused, and a healthy client goes on', { timeout: 60_000 }, async (_, body) => {
  const { seen, ratio } = await underAttack(flood(40, () => posting(body), 2))
  onlyStatus(400)(seen)
  expect(ratio).toBeLessThan(maxRatio)
})

/** Compares a healthy client's calls with those of a quiet run, and waits until what the attack opened is closed. */
async function underAttack(attack: Attack): Promise<{ seen: Seen; ratio: number }> {
  const { url, pid } = patchbay
  const session = { 'mcp-session-id': await initialize(url) }
  const call = async (): Promise<void> => {
    const answer = await post(url, legacy('tools/call', { name: 'up__echo', arguments: { text: 'hi' } }), session)
    expect([answer.status, answer.body?.result?.content]).toEqual([200, [{ type: 'text', text: '{"text":"hi"}' }]])
  }
  const quiet = await callFor(500, call)
  const before = openFiles(pid)

  const end = new AbortController()
  const attacking = attack(new URL(url), end.signal)
  const busy = await callFor(attackMs, call)
  end.abort()
  const seen = await attacking
  // What is open now was open before, but for a few connections that are kept alive.
  await until(() => openFiles(pid) <= before + 5)
  await call()
  return { seen, ratio: busy / quiet }
}

it('a client that vanishes in the middle of a modern call cancels it upstream', async () => {
  const { url } = patchbay
  const end = new AbortController()
  await vanishing(20, () => posting(wait.body, wait.headers))(new URL(url), end.signal)
  const received = async (): Promise<string> =>
    JSON.stringify((await post(url, legacy('tools/call', { name: 'up__received' }))).body)
  const count = (text: string, word: string): number => text.split(word).length - 1
  await until(async () => {
    const text = await received()
    const calls = count(text, '"name":"wait"')
    return calls > 0 && count(text, 'notifications/cancelled') === calls
  })
})

/** Calls one after the other for so long. @returns the median time of a call, in milliseconds */
async function callFor(durationMs: number, call: () => Promise<void>): Promise<number> {
  const times: number[] = []
  const until = performance.now() + durationMs
  while (performance.now() < until) {
    const started = performance.now()
    await call()
    times.push(performance.now() - started)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

function onlyStatus(status: number): (seen: Seen) => void {
  return ({ statuses }) => expect(new Set(statuses)).toEqual(new Set([status]))
}
