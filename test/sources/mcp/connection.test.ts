import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { Connection } from '../../../src/sources/mcp/connection.ts'
import { connect } from '../../../src/sources/mcp/connection.ts'
import { HttpStatusError } from '../../../src/sources/mcp/http-status-error.ts'
import type { Session } from '../../../src/sources/mcp/session.ts'
import { never } from './helpers.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const late = (): GatewayError => new GatewayError('SOURCE_TIMEOUT', '"up" gave no answer.')
const refused = (): GatewayError => new GatewayError('SOURCE_UNAVAILABLE', '"up" cannot be reached.')

type Attempt = { at: number; succeed: () => FakeSession; fail: (error: Error) => void; signal: AbortSignal }
type FakeSession = Session & { end: (error?: Error) => void; closes: () => number }

/** A connection whose attempts the test decides; jitter is always its middle, so pauses are 3/4 of their full length. */
function connectFake(limits = {}) {
  const attempts: Attempt[] = []
  const logged: string[] = []
  const degraded: string[] = []
  const onReady = vi.fn()
  const connection: Connection = connect({
    sourceId: 'up',
    limits: { ...defaultLimits, retryMinMs: 100, retryMaxMs: 800, startTimeoutMs: 5_000, ...limits },
    onReady,
    log: (_, message) => logged.push(message),
    onDegraded: message => degraded.push(message),
    random: () => 0.5,
    open: signal =>
      new Promise((resolve, reject) => {
        const succeed = (): FakeSession => {
          const session = fakeSession()
          resolve(session)
          return session
        }
        attempts.push({ at: Date.now(), succeed, fail: reject, signal })
      }),
  })
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)
  return { connection, attempts, logged, degraded, onReady, settle }
}

function fakeSession(): FakeSession {
  const closed = Promise.withResolvers<Error>()
  const close = vi.fn(async () => {})
  return {
    revision: '2025-11-25',
    modern: false,
    capabilities: {},
    about: { serverInfo: { name: 'up' } },
    request: async () => ({}),
    closed: closed.promise,
    ended: new AbortController().signal,
    close,
    end: (error = new GatewayError('SOURCE_UNAVAILABLE', '"up" ended.')) => closed.resolve(error),
    closes: () => close.mock.calls.length,
  }
}

describe('a connection', () => {
  it('connects at once, and gives every caller the one session', async () => {
    const { connection, attempts, onReady } = connectFake()
    expect(connection.health().state).toBe('connecting')
    const waiting = [connection.session(never), connection.session(never)]
    const session = attempts[0]?.succeed()
    expect(await Promise.all(waiting)).toEqual([session, session])
    expect(attempts).toHaveLength(1)
    expect(onReady).toHaveBeenCalledOnce()
    expect(connection.health()).toEqual({
      state: 'ready',
      details: { serverInfo: { name: 'up' }, protocolVersion: '2025-11-25' },
    })
  })

  it('gives its session at once while one stands, and none when it is lost, given up or closed', async () => {
    const { connection, attempts, settle } = connectFake()
    expect(connection.standing()).toBeUndefined()
    const first = attempts[0]?.succeed()
    await settle()
    expect(connection.standing()).toBe(first)
    first?.end()
    await settle()
    expect(connection.standing()).toBeUndefined()
    const second = attempts[1]?.succeed()
    await settle()
    connection.renew(connection.standing() as Session, Promise.resolve())
    expect([connection.standing(), second?.closes()]).toEqual([undefined, 0])
    const third = attempts[2]?.succeed()
    await settle()
    expect(connection.standing()).toBe(third)
    await connection.close()
    expect(connection.standing()).toBeUndefined()
  })

  it('tries again without end, after pauses that double up to the longest', async () => {
    const { connection, attempts, logged } = connectFake()
    for (let turn = 0; turn < 7; turn += 1) {
      attempts.at(-1)?.fail(refused())
      await vi.advanceTimersByTimeAsync(800)
    }
    const times = attempts.map(({ at }) => at)
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0))
    expect(attempts.length).toBe(8)
    // Each failure came as late as the timers were advanced, so only the longest pauses are seen whole.
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(600)
    expect(connection.health()).toMatchObject({ state: 'failed', lastFailure: { stage: 'start' } })
    expect(logged).toEqual([])
  })

  it('answers a call in a pause at once, with the reason', async () => {
    const { connection, attempts, settle } = connectFake()
    attempts[0]?.fail(refused())
    await settle()
    await expect(connection.session(never)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: '"up" cannot be reached. It is being tried again.',
    })
  })

  it('does not hold a caller who goes away while it connects', async () => {
    const { connection } = connectFake()
    const caller = new AbortController()
    const waiting = connection.session(caller.signal)
    caller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('is back at once after a loss, and writes one line for each', async () => {
    const { connection, attempts, logged, settle, onReady } = connectFake()
    const first = attempts[0]?.succeed()
    await vi.advanceTimersByTimeAsync(60_000)
    first?.end()
    await settle()
    expect(attempts).toHaveLength(2)
    attempts[1]?.fail(refused())
    for (let turn = 2; turn < 6; turn += 1) {
      await vi.advanceTimersByTimeAsync(800)
      attempts[turn]?.fail(refused())
    }
    await vi.advanceTimersByTimeAsync(800)
    attempts.at(-1)?.succeed()
    await settle()
    expect(logged).toEqual(['"up" ended.', '"up" is connected again.'])
    expect(onReady).toHaveBeenCalledTimes(2)
    expect(connection.health()).toMatchObject({ state: 'ready', lastFailure: { message: '"up" cannot be reached.' } })
  })

  it('slows down for an upstream that starts and ends again and again', async () => {
    const { attempts, settle } = connectFake()
    const start = Date.now()
    while (Date.now() - start < 10_000) {
      const next = attempts.at(-1)
      next?.succeed().end()
      await settle()
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(attempts.length).toBeLessThan(25)
  })

  it('remembers since when it is failing', async () => {
    const { connection, attempts, settle } = connectFake()
    const first = attempts[0]?.succeed()
    await vi.advanceTimersByTimeAsync(5_000)
    const lost = new Date().toISOString()
    first?.end()
    await settle()
    attempts[1]?.fail(refused())
    await vi.advanceTimersByTimeAsync(300)
    attempts[2]?.fail(refused())
    await settle()
    const failure = connection.health().lastFailure
    expect(failure?.since).toBe(lost)
    expect(failure?.at).not.toBe(lost)
  })

  it('says that credentials are missing, and does not hammer for them', async () => {
    const { connection, attempts } = connectFake()
    attempts[0]?.fail(new GatewayError('SOURCE_UNAUTHORIZED', '"up" answered HTTP 401.'))
    await vi.advanceTimersByTimeAsync(799)
    expect(connection.health().state).toBe('needs_auth')
    await expect(connection.session(never)).rejects.toMatchObject({ code: 'SOURCE_UNAUTHORIZED' })
    expect(attempts).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(attempts).toHaveLength(2)
  })

  it('needs credentials when it is refused later, and not any more once it answers', async () => {
    const { connection, attempts, degraded, settle } = connectFake()
    attempts[0]?.succeed()
    await settle()
    const config = {
      id: 'up',
      kind: 'remote',
      url: 'http://up/',
      headers: {},
      transport: 'auto',
      protocol: 'auto',
    } as const
    connection.report('call', new HttpStatusError(config, 401, 'expired'))
    expect(connection.health()).toMatchObject({ state: 'needs_auth', lastFailure: { stage: 'call' } })
    expect(degraded).toEqual([expect.stringContaining('HTTP 401. Give it credentials')])
    connection.report('call')
    expect(connection.health().state).toBe('ready')
    connection.report('call', new HttpStatusError(config, 403, 'not this tool'))
    expect(connection.health().state).toBe('degraded')
  })

  it('is degraded until something is answered, whatever callers give up meanwhile', async () => {
    const { connection, attempts, settle } = connectFake()
    attempts[0]?.succeed()
    await settle()
    connection.report('call', late())
    connection.report('call', new GatewayError('CANCELLED', 'The caller has left.'))
    expect(connection.health().state).toBe('degraded')
    connection.report('call', new GatewayError('SOURCE_ERROR', 'No such thing.'))
    expect(connection.health().state).toBe('ready')
  })

  it.each([
    ['calls that get no answer', late],
    ['calls that do not reach it', () => new GatewayError('SOURCE_UNAVAILABLE', 'No route to it.')],
    ['calls that their callers give up', () => new GatewayError('CANCELLED', 'The caller has left.')],
  ])('is opened anew after %s for long, where it gives no sign of life', async (_, failure) => {
    const { connection, attempts, logged, settle } = connectFake({ maxSilenceMs: 10_000 })
    const hung = attempts[0]?.succeed()
    await settle()
    const asked: string[] = []
    Object.assign(hung ?? {}, {
      request: (method: string) => {
        asked.push(method)
        return Promise.reject(late())
      },
    })
    connection.report('call', failure())
    await vi.advanceTimersByTimeAsync(9_000)
    connection.report('call', failure())
    expect([asked, attempts]).toEqual([[], [attempts[0]]])
    await vi.advanceTimersByTimeAsync(1_000)
    connection.report('call', failure())
    connection.report('call', failure())
    await settle()
    expect([asked, attempts.length]).toEqual([['ping'], 2])
    // What still runs over it fails with that reason, and not when it has ended at last.
    expect(hung?.close).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'SOURCE_UNAVAILABLE' }))
    expect(logged.at(-1)).toMatch(/"up" has answered nothing for 10000 ms .*gives no sign of life/)
    attempts[1]?.succeed()
    await settle()
    expect(connection.health().state).toBe('ready')
  })

  it.each([
    ['answers a sign of life', (session: FakeSession) => session, 10_000],
    [
      'refuses to give one',
      (session: FakeSession) =>
        Object.assign(session, { request: () => Promise.reject(new GatewayError('SOURCE_ERROR', 'no')) }),
      10_000,
    ],
    ['answers something between', (session: FakeSession) => session, 5_000],
  ])('stays where it %s', async (_, change, answeredAtMs) => {
    const { connection, attempts, settle } = connectFake({ maxSilenceMs: 10_000 })
    const session = change(attempts[0]?.succeed() as FakeSession)
    await settle()
    connection.report('call', late())
    await vi.advanceTimersByTimeAsync(answeredAtMs)
    if (answeredAtMs < 10_000) connection.report('call')
    await vi.advanceTimersByTimeAsync(10_000 - answeredAtMs)
    connection.report('call', late())
    await settle()
    expect([attempts.length, session.closes()]).toEqual([1, 0])
  })

  it('gives up an attempt that takes too long, and says how long that was', async () => {
    vi.useRealTimers()
    const { connection, attempts } = connectFake({ startTimeoutMs: 30 })
    const opening = attempts[0]
    opening?.signal.addEventListener('abort', () =>
      opening.fail(new GatewayError('CANCELLED', 'initialize to "up" was cancelled.')),
    )
    await vi.waitFor(() => expect(connection.health().state).toBe('failed'))
    expect(connection.health().lastFailure?.message).toBe('"up" did not start within 30 ms (limits.startTimeoutMs).')
    await connection.close()
  })

  it('opens a new session in place of a stale one, once, quietly', async () => {
    const { connection, attempts, settle, logged } = connectFake()
    const stale = attempts[0]?.succeed()
    await settle()
    const finished = Promise.withResolvers<void>()
    for (let times = 0; times < 3; times += 1) connection.renew(stale as Session, finished.promise)
    await settle()
    expect([attempts.length, stale?.closes()]).toEqual([2, 0])
    finished.resolve()
    await settle()
    expect(stale?.closes()).toBe(1)
    const fresh = attempts[1]?.succeed()
    expect(await connection.session(never)).toBe(fresh)
    stale?.end()
    await settle()
    expect([attempts.length, connection.health().state]).toEqual([2, 'ready'])
    expect(logged).toEqual([])
  })

  it('has failed, with one line, where the upstream is gone, and what still runs over the session may end', async () => {
    const { connection, attempts, settle, logged } = connectFake()
    const stale = attempts[0]?.succeed()
    await settle()
    const finished = Promise.withResolvers<void>()
    const gone = new GatewayError('SOURCE_UNAVAILABLE', 'Nobody listens there.')
    for (let times = 0; times < 3; times += 1) connection.renew(stale as Session, finished.promise, gone)
    attempts[1]?.fail(gone)
    await settle()
    expect([attempts.length, stale?.closes(), connection.health().state]).toEqual([2, 0, 'failed'])
    expect(logged).toEqual(['Nobody listens there.'])
    finished.resolve()
    await settle()
    expect(stale?.closes()).toBe(1)
  })

  it('closes what it has given up too when it is closed', async () => {
    const { connection, attempts, settle } = connectFake()
    const stale = attempts[0]?.succeed()
    await settle()
    connection.renew(stale as Session, new Promise(() => {}))
    const fresh = attempts[1]?.succeed()
    await settle()
    await connection.close()
    expect([stale?.closes(), fresh?.closes()]).toEqual([1, 1])
  })

  it('does not write that it is back when it only renewed its session', async () => {
    const { connection, attempts, settle, logged } = connectFake()
    attempts[0]?.fail(refused())
    await vi.advanceTimersByTimeAsync(100)
    const stale = attempts[1]?.succeed()
    await settle()
    connection.renew(stale as Session, Promise.resolve())
    attempts[2]?.succeed()
    await settle()
    expect(logged).toEqual(['"up" is connected again.'])
  })

  it.each([
    ['a failed call makes it degraded', refused(), 'degraded'],
    ['an error of the upstream itself does not', new GatewayError('SOURCE_ERROR', 'no'), 'ready'],
    ['a client that refuses does not', new GatewayError('CLIENT_REFUSED', 'no'), 'ready'],
    ['a limit of ours does not', new GatewayError('LIMIT_REACHED', 'no'), 'ready'],
    ['a cancelled call does not', new GatewayError('CANCELLED', 'gone'), 'ready'],
  ] as const)('%s', async (_, error, state) => {
    const { connection, attempts, settle } = connectFake()
    attempts[0]?.succeed()
    await settle()
    connection.report('call', error)
    expect(connection.health().state).toBe(state)
    connection.report('call')
    expect(connection.health().state).toBe('ready')
  })

  it('closes its session, also one that is still being opened, and is not tried again', async () => {
    const { connection, attempts } = connectFake()
    const closing = connection.close()
    expect(attempts[0]?.signal.aborted).toBe(true)
    const late = attempts[0]?.succeed()
    await closing
    expect(late?.closes()).toBe(1)
    await connection.close()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([attempts.length, connection.health().state]).toEqual([1, 'closed'])
    await expect(connection.session(never)).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  })
})
