import type { ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Limits } from '../../../../src/core/limits.ts'
import { defaultLimits } from '../../../../src/core/limits.ts'
import type { OpenApiConfig } from '../../../../src/core/source-config.ts'
import { openApiSource } from '../../../../src/sources/openapi/open-api-source.ts'
import { calmly, configOf, documentOf, serve } from '../helpers.ts'

const methods = ['get', 'put', 'delete', 'post', 'patch'] as const
const document = documentOf({
  '/a': Object.fromEntries(methods.map(method => [method, { operationId: method }])),
  '/search': { post: { operationId: 'search', 'x-patchbay': { idempotent: true } } },
  '/rpc': { get: { operationId: 'end', 'x-patchbay': { readOnly: false } } },
})

/** An API that says no so often, and then yes. */
async function open(
  answers: readonly ((response: ServerResponse) => void)[],
  limits: Partial<Limits> = {},
  config: Partial<OpenApiConfig> = {},
) {
  const seen: number[] = []
  const api = await serve((request, response) => {
    const answer = answers[seen.length]
    seen.push(performance.now())
    request.resume()
    if (answer === undefined) response.end('{"done":true}')
    else answer(response)
  })
  const source = openApiSource(configOf(document, { baseUrl: api.url, ...config }), {
    limits: { ...defaultLimits, retryMinMs: 1, ...limits },
  })
  onTestFinished(async () => {
    await source.close()
    await api.close()
  })
  return { source, seen }
}

const say =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, headers).end('{"no":true}')

describe('a call that was answered "not now"', () => {
  it.each([429, 502, 503, 504])('is sent again after %i, and says how often', async status => {
    const { source, seen } = await open([say(status), say(status)])
    const result = await source.call('get /a', {}, calmly())
    expect(result).toMatchObject({ structuredContent: { done: true }, _meta: { 'patchbay/http': { attempts: 3 } } })
    expect(seen).toHaveLength(3)
  })

  it.each([
    ['get /a', 2],
    ['put /a', 2],
    ['delete /a', 2],
    ['post /search', 2],
    ['post /a', 1],
    ['patch /a', 1],
    ['get /rpc', 1],
  ])('goes out for %s %i times', async (key, times) => {
    const { source, seen } = await open([say(503)])
    const result = await source.call(key, {}, calmly())
    expect([result.isError ?? false, seen.length]).toEqual([times === 1, times])
  })

  it('is not sent again after any other answer', async () => {
    for (const status of [400, 401, 408, 500, 501]) {
      const { source, seen } = await open([say(status)])
      expect(await source.call('get /a', {}, calmly())).toMatchObject({ isError: true })
      expect(seen).toHaveLength(1)
    }
  })

  it.each([
    ['the limit', { maxCallRetries: 1 }, {}, 2],
    ['the limit of none', { maxCallRetries: 0 }, {}, 1],
    ['what its entry says', {}, { maxRetries: 3 }, 4],
  ])('is given up at %s, with the last answer', async (_, limits, config, times) => {
    const { source, seen } = await open(
      Array.from({ length: 9 }, () => say(503)),
      limits,
      config,
    )
    const result = await source.call('get /a', {}, calmly())
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('HTTP 503') }] })
    expect(seen).toHaveLength(times)
  })

  it('waits as long as Retry-After asks, and no call waits longer than allowed', async () => {
    const patient = await open([say(429, { 'retry-after': '1' })])
    await patient.source.call('get /a', {}, calmly())
    expect((patient.seen[1] ?? 0) - (patient.seen[0] ?? 0)).toBeGreaterThanOrEqual(995)
    const date = new Date(Date.now() + 60_000).toUTCString()
    for (const value of ['6', date]) {
      const { source, seen } = await open([say(429, { 'retry-after': value })])
      expect(await source.call('get /a', {}, calmly())).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('Try again after') }],
      })
      expect(seen).toHaveLength(1)
    }
  })

  it('is told at once where its time would end in the pause, and fails when it ends in an attempt', async () => {
    const late = await open([say(503, { 'retry-after': '2' })], {}, { timeoutMs: 500 })
    expect(await late.source.call('get /a', {}, calmly())).toMatchObject({ isError: true })
    const silent = await open([say(503), () => {}], {}, { timeoutMs: 300 })
    const failed = silent.source.call('get /a', {}, calmly())
    await expect(failed).rejects.toMatchObject({ code: 'SOURCE_TIMEOUT' })
  })

  it.each(['the caller leaves', 'the source is closed'])('is not sent again when %s meanwhile', async how => {
    const { source, seen } = await open([say(503)], { retryMinMs: 4_000 })
    const leaving = new AbortController()
    const failed = source.call('get /a', {}, { signal: leaving.signal }).catch((thrown: unknown) => thrown)
    await expect.poll(() => seen.length).toBe(1)
    const before = performance.now()
    if (how === 'the caller leaves') leaving.abort()
    else await source.close()
    const code = how === 'the caller leaves' ? 'CANCELLED' : 'SOURCE_UNAVAILABLE'
    expect(await failed).toMatchObject({ code })
    expect(performance.now() - before).toBeLessThan(1_500)
    expect(seen).toHaveLength(1)
  })
})

describe('a call that was refused a connection', () => {
  it('is sent again whatever it is, since nobody has seen it', async () => {
    const gone = await serve((_, response) => response.end('{}'))
    const { port } = new URL(gone.url)
    await gone.close()
    const source = openApiSource(configOf(document, { baseUrl: gone.url }), {
      limits: { ...defaultLimits, retryMinMs: 1_000 },
    })
    onTestFinished(source.close)
    await source.list(calmly())
    const calling = source.call('post /a', {}, calmly())
    const { createServer } = await import('node:http')
    const back = createServer((_, response) => response.end('{"done":true}'))
    setTimeout(() => back.listen(Number(port), '127.0.0.1'), 200)
    onTestFinished(() => void back.close())
    expect(await calling).toMatchObject({ structuredContent: { done: true } })
  })

  it('fails in the same words as before when that goes on', async () => {
    const source = openApiSource(configOf(document, { baseUrl: 'http://127.0.0.1:1' }), {
      limits: { ...defaultLimits, retryMinMs: 1 },
    })
    onTestFinished(source.close)
    const failed = source.call('post /a', {}, calmly())
    await expect(failed).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: expect.stringContaining('connection refused'),
    })
  })

  it('is not sent again when it breaks off, since it may have run', async () => {
    const { source, seen } = await open([response => void response.socket?.destroy()])
    await expect(source.call('post /a', {}, calmly())).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
    expect(seen).toHaveLength(1)
  })
})
