import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/core/errors.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { errorResult, textResult } from '../../src/core/tool.ts'
import type { CallContext } from '../../src/core/tool-source.ts'
import { withBreaker } from '../../src/sources/with-breaker.ts'
import { fakeClient } from '../fakes/client-link.ts'
import { fakeSource } from '../fakes/sources.ts'

const never = new AbortController().signal

/** A source behind a breaker that opens after 3 failures for 1,000 ms of a clock that the test moves. */
function guarded() {
  let time = 0
  const inner = fakeSource('up')
  const isAnswer = (error: unknown) => error instanceof Error && error.message === 'HTTP 400'
  const source = withBreaker(inner, { failures: 3, pauseMs: 1_000, isAnswer, now: () => time })
  const call = () =>
    source.call('a', {}, { signal: never }).then(
      () => 'fine',
      (error: GatewayError) => error.code,
    )
  const fail = (code: ErrorCode) => () => Promise.reject(new GatewayError(code, 'no'))
  return {
    inner,
    source,
    call,
    fail,
    pass: (ms: number) => (time += ms),
    breaker: () => source.health().details?.breaker,
  }
}

describe('a source behind a breaker', () => {
  it.each(['SOURCE_TIMEOUT', 'SOURCE_UNAVAILABLE'] as const)(
    'is not called for a while after failures in a row: %s',
    async code => {
      const { inner, source, call, fail, breaker } = guarded()
      inner.onCall = fail(code)
      for (let times = 0; times < 5; times += 1) await call()
      expect(inner.calls).toHaveLength(3)
      expect(source.health()).toMatchObject({ state: 'degraded', details: { breaker: 'open' } })
      expect(breaker()).toBe('open')
      await expect(source.call('a', {}, { signal: never })).rejects.toMatchObject({
        code: 'SOURCE_UNAVAILABLE',
        message:
          '"up" has not answered 3 calls in a row and is not called for a while (limits.breakerPauseMs). It is tried again in 1 s.',
      })
      expect(await source.list({ signal: never })).toHaveLength(1)
    },
  )

  it.each([
    ['a failure of the tool itself', async () => errorResult('no such pet')],
    ['an error of the upstream', () => Promise.reject(new GatewayError('SOURCE_ERROR', 'no'))],
    [
      'a refusal that its maker knows for one',
      () => Promise.reject(new GatewayError('SOURCE_UNAVAILABLE', 'HTTP 400')),
    ],
    ['nonsense', () => Promise.reject(new GatewayError('SOURCE_PROTOCOL', 'no'))],
    ['a cancel', () => Promise.reject(new GatewayError('CANCELLED', 'no'))],
    ['a client that refuses', () => Promise.reject(new GatewayError('CLIENT_REFUSED', 'no'))],
    ['a limit of ours', () => Promise.reject(new GatewayError('LIMIT_REACHED', 'no'))],
  ])('is never given up for %s', async (_, outcome) => {
    const { inner, call, breaker } = guarded()
    inner.onCall = outcome
    for (let times = 0; times < 9; times += 1) await call()
    expect([inner.calls.length, breaker()]).toEqual([9, undefined])
  })

  it('counts only failures in a row; a cancel between them changes nothing', async () => {
    const { inner, call, fail, breaker } = guarded()
    for (const outcome of [
      'SOURCE_TIMEOUT',
      'SOURCE_TIMEOUT',
      'SOURCE_ERROR',
      'SOURCE_TIMEOUT',
      'SOURCE_TIMEOUT',
    ] as const) {
      inner.onCall = fail(outcome)
      await call()
    }
    expect(breaker()).toBeUndefined()
    for (const outcome of ['CANCELLED', 'SOURCE_TIMEOUT'] as const) {
      inner.onCall = fail(outcome)
      await call()
    }
    expect(breaker()).toBe('open')
  })

  it('is tried by one call after the pause, whose outcome decides', async () => {
    const { inner, call, fail, pass, breaker } = guarded()
    inner.onCall = fail('SOURCE_TIMEOUT')
    for (let times = 0; times < 3; times += 1) await call()
    pass(1_000)
    expect(breaker()).toBe('half-open')
    expect(await Promise.all([call(), call()])).toEqual(['SOURCE_TIMEOUT', 'SOURCE_UNAVAILABLE'])
    expect([inner.calls.length, breaker()]).toEqual([4, 'open'])
    pass(1_000)
    inner.onCall = async () => textResult('back')
    expect(await call()).toBe('fine')
    expect([await call(), breaker()]).toEqual(['fine', undefined])
  })

  it.each<[string, (context: CallContext) => unknown]>([
    ['progress', ({ onProgress }) => onProgress?.({ progress: 1 })],
    ['a question', ({ client, signal }) => client?.ask('roots/list', {}, { signal })],
  ])('is open to all once the call that tries has given a sign: %s', async (_, sign) => {
    const { inner, source, call, fail, pass, breaker } = guarded()
    inner.onCall = fail('SOURCE_TIMEOUT')
    for (let times = 0; times < 3; times += 1) await call()
    pass(1_000)
    const client = fakeClient('one')
    const slow = Promise.withResolvers<never>()
    inner.onCall = (_key, _args, context) => {
      sign(context)
      return slow.promise
    }
    const trial = source.call('a', {}, { signal: never, client })
    inner.onCall = async () => textResult('back')
    expect([breaker(), await call(), await call()]).toEqual([undefined, 'fine', 'fine'])
    slow.reject(new GatewayError('SOURCE_TIMEOUT', 'no'))
    await expect(trial).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' })
    expect(breaker()).toBeUndefined()
  })

  it('is tried at once when it says that it came back', async () => {
    const { inner, call, fail } = guarded()
    inner.onCall = fail('SOURCE_UNAVAILABLE')
    for (let times = 0; times < 3; times += 1) await call()
    inner.onCall = async () => textResult('back')
    inner.change()
    expect(await call()).toBe('fine')
  })
})
