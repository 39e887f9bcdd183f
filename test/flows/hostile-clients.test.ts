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
/** An attack that does not end by itself lasts so long; and how long one that does is waited for. */
const attackMs = 2_500
const longestMs = 15_000
const leastTurns = 5
/**
 * How much longer a healthy call may take: half of the calls, against those of another Patchbay that nobody attacks. They take
 * turns, so that whatever else keeps the machine busy is the same for both.
 */
const maxRatio = 20
/** A machine that is busy elsewhere may still treat one of the two worse; not time after time. */
const attempts = 3

const wait = modern('tools/call', { name: 'up__wait', arguments: {} })
const large = modern('tools/call', { name: 'other__echo', arguments: { text: 'x'.repeat(200_000) } })
const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'storm', version: '0' } }
const batch = JSON.stringify(Array.from({ length: 10_000 }, () => legacy('ping')))

type Served = Readonly<{ url: string; pid: number; stop(): void }>

/** Patchbay as a process of its own, so that what the test does is not in its way; one for all, as it would be in earnest. */
let patchbay: Served
let quiet: Served
beforeAll(async () => {
  patchbay = await serve({ up: stdioEntry(), other: stdioEntry() })
  quiet = await serve({ up: stdioEntry() })
})
afterAll(() => {
  patchbay.stop()
  quiet.stop()
})

async function serve(mcpServers: object): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-hostile-'))
  const config = join(folder, 'servers.json')
  writeFileSync(config, JSON.stringify({ mcpServers, limits }))
  const args = [cli, 'serve', '--port', '0', '--config', config, '--log-level', 'error']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', data => {
    text += data
  })
  await until(() => Object.keys(mcpServers).every(id => text.includes(`${id}: ready`)))
  return {
    url: /http:\/\/\S+\/mcp$/m.exec(text)?.[0] ?? '',
    pid: child.pid ?? 0,
    stop() {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

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
  ['clients that read nothing hold up nobody', lasting(deafReaders(20, posting(large.body, large.headers))), () => {}],
  ['clients that vanish leave nothing behind', vanishing(200, () => posting(wait.body, wait.headers)), () => {}],
  [
    'sessions that are opened and left are bounded',
    flood(1_000, () => posting(legacy('initialize', hello))),
    onlyStatus(200),
  ],
])('%s, and a healthy client goes on', { timeout: 60_000 }, async (_, attack, check) => {
  expect(await ratioUnder(attack, check)).toBeLessThan(maxRatio)
})

it.each([
  ['nest a million deep', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
  ['hold a million empty lists', `[${'[],'.repeat(1_000_000)}[]]`],
])('bodies that %s are refused, and a healthy client goes on', { timeout: 60_000 }, async (_, body) => {
  const attack = flood(40, () => posting(body), 2)
  expect(await ratioUnder(attack, onlyStatus(400))).toBeLessThan(maxRatio)
})

/** The smallest of a few ratios; the attack has to come to the same end each time. */
async function ratioUnder(attack: Attack, check: (seen: Seen) => void): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < attempts && least >= maxRatio; attempt += 1) {
    const { seen, ratio } = await underAttack(attack)
    check(seen)
    least = Math.min(least, ratio)
  }
  return least
}

/** Compares a healthy client's calls with those of the quiet one, and waits until what the attack opened is closed. */
async function underAttack(attack: Attack): Promise<{ seen: Seen; ratio: number }> {
  const { url, pid } = patchbay
  const call = await callerOf(url)
  const callQuiet = await callerOf(quiet.url)
  await call()
  const before = openFiles(pid)

  const end = new AbortController()
  const attacking = attack(new URL(url), end.signal)
  let isOver = false
  void attacking.finally(() => {
    isOver = true
  })
  const [busyMs = Number.NaN, quietMs = Number.NaN] = await callInTurns([call, callQuiet], () => isOver)
  end.abort()
  const seen = await attacking
  // What is open now was open before, but for a few connections that are kept alive.
  await until(() => openFiles(pid) <= before + 5)
  await call()
  return { seen, ratio: busyMs / quietMs }
}

/** A healthy client, with a session of its own. */
async function callerOf(url: string): Promise<() => Promise<void>> {
  const session = { 'mcp-session-id': await initialize(url) }
  return async () => {
    const answer = await post(url, legacy('tools/call', { name: 'up__echo', arguments: { text: 'hi' } }), session)
    expect([answer.status, answer.body?.result?.content]).toEqual([200, [{ type: 'text', text: '{"text":"hi"}' }]])
  }
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

/**
 * Makes these calls, one after the other, until the attack is over, a few times at least, or for `longestMs`.
 *
 * @returns the median time of each, in milliseconds
 */
async function callInTurns(calls: readonly (() => Promise<void>)[], isOver: () => boolean): Promise<number[]> {
  const times = calls.map(() => [] as number[])
  const until = performance.now() + longestMs
  for (let turn = 0; turn < leastTurns || (performance.now() < until && !isOver()); turn += 1) {
    for (const [at, call] of calls.entries()) {
      const started = performance.now()
      await call()
      times[at]?.push(performance.now() - started)
    }
  }
  return times.map(of => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN)
}

function lasting(attack: Attack): Attack {
  return (url, signal) => attack(url, AbortSignal.any([signal, AbortSignal.timeout(attackMs)]))
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

function onlyStatus(status: number): (seen: Seen) => void {
  return ({ statuses }) => expect(new Set(statuses)).toEqual(new Set([status]))
}
