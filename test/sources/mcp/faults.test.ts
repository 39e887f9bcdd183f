import type { ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Limits } from '../../../src/core/limits.ts'
import type { StubRequest } from '../../fakes/http-stub.ts'
import { answerOldEra, httpStub, sendRpc } from '../../fakes/http-stub.ts'
import type { TestedSource } from './helpers.ts'
import { callText, listNames, never, open, remoteConfig, stdioConfig } from './helpers.ts'

/** Calls a healthy source beside the faulty one until `stop()`; every call has to be answered soon. */
function keepCalling(well: TestedSource): { stop: () => Promise<number[]> } {
  let stopped = false
  const times: number[] = []
  const calling = (async () => {
    while (!stopped) {
      const started = performance.now()
      expect(await callText(well, 'echo', { a: 1 })).toBe('{"a":1}')
      times.push(performance.now() - started)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  })()
  return {
    async stop() {
      stopped = true
      await calling
      return times
    },
  }
}

/** What comes of it: the text of the result, or the code and message of the failure. */
const echo = (source: TestedSource): Promise<unknown> =>
  source.call('echo', {}, { signal: never, onProgress: () => {} }).then(
    ({ content }) => content[0]?.text ?? 'no text',
    (error: { code: string; message: string }) => `${error.code} ${error.message}`,
  )

const names = async (source: TestedSource): Promise<unknown> =>
  (
    await listNames(source).catch((error: { code: string; message: string }) => [`${error.code} ${error.message}`])
  ).join()

/** Runs a fault beside a healthy source. @returns the outcome, once the healthy one has shown that it goes on */
async function beside(faulty: TestedSource, act: (source: TestedSource) => Promise<unknown>): Promise<unknown> {
  const well = open(stdioConfig('ok', { id: 'well' }))
  await callText(well, 'echo')
  const calling = keepCalling(well)
  const outcome = await act(faulty)
  // A fault that ends at once is still looked at for a while.
  await new Promise(resolve => setTimeout(resolve, 50))
  const times = await calling.stop()
  expect(times.length).toBeGreaterThan(0)
  expect(Math.max(...times)).toBeLessThan(3_000)
  expect([well.health(), well.logged]).toMatchObject([{ state: 'ready' }, []])
  return outcome
}

type Row = [string, string, (source: TestedSource) => Promise<unknown>, RegExp, Partial<Limits>?]

describe('a healthy source goes on beside a program that', () => {
  const rows: Row[] = [
    ['crashes at its start', 'crash-start', names, /SOURCE_UNAVAILABLE .*exited with code 3\. It last wrote: boom/],
    ['hangs at initialize', 'hang-init', names, /did not start within 500 ms|gave no answer/, { startTimeoutMs: 500 }],
    ['speaks a revision that nobody knows', 'bad-version', names, /speaks protocol revision "1999-01-01"/],
    ['prints garbage', 'banner', echo, /^\{\}$/],
    ['answers with result and error', 'both', echo, /SOURCE_PROTOCOL .*a result and an error at once/],
    ['exits in mid-call', 'exit-midcall', echo, /SOURCE_UNAVAILABLE .*exited with code 137/],
    ['never answers', 'never-answers', echo, /SOURCE_TIMEOUT .*within 300 ms/],
    [
      'reports progress for ever',
      'endless-progress',
      echo,
      /SOURCE_TIMEOUT .*within 600 ms/,
      { callHardTimeoutMs: 600 },
    ],
    ['answers another request', 'wrong-id', echo, /SOURCE_TIMEOUT/],
    ['answers with the id as text', 'string-id', echo, /^hi$/],
    ['answers twice', 'twice', echo, /^first$/],
    [
      'answers with 200 kB where 100 kB are allowed',
      'oversize',
      echo,
      /SOURCE_PROTOCOL .*limits\.maxMessageBytes/,
      { maxMessageBytes: 100_000 },
    ],
    ['writes 12 MB without a line break', 'no-newline', echo, /SOURCE_TIMEOUT/],
    ['nests 20,000 levels', 'deep', echo, /SOURCE_PROTOCOL .*nests deeper than/],
    ['sends __proto__', 'proto', echo, /^no text$/],
    ['repeats a cursor', 'cursor-loop', names, /^a$/],
    ['lists endless pages', 'cursor-endless', names, /^t1,t2,t3$/, { maxPages: 3 }],
    ['says 20,000 times that its list has changed', 'storm', echo, /^sent$/],
    ['lists a name twice', 'duplicates', names, /^a$/],
    ['lists malformed tools', 'bad-tools', names, /^good,untyped$/],
    [
      'crashes after each start',
      'crash-after-list',
      async source => {
        await names(source)
        await new Promise(resolve => setTimeout(resolve, 500))
        return source.health().lastFailure?.message
      },
      /exited with code 5/,
    ],
    ['floods its stderr', 'stderr-flood', echo, /^\{\}$/],
    [
      'does not read its input',
      'stops-reading',
      async source => {
        await names(source)
        const text = 'x'.repeat(90_000)
        return (
          await Promise.all(
            Array.from({ length: 5 }, () => source.call('echo', { text }, { signal: never }).catch(String)),
          )
        ).join()
      },
      /does not read its input|within 300 ms/,
      { maxMessageBytes: 100_000 },
    ],
    [
      'ignores SIGTERM and the end of its input',
      'ignore-term',
      async source => {
        await echo(source)
        await source.close()
        return source.health().state
      },
      /^closed$/,
    ],
    [
      'leaves children of its own behind',
      'grandchild',
      async source => {
        await echo(source)
        await source.close()
        return source.health().state
      },
      /^closed$/,
    ],
  ]

  it.each(rows)('%s', { timeout: 15_000 }, async (_, mode, act, outcome, limits = {}) => {
    const faulty = open(stdioConfig(mode, { timeoutMs: mode === 'storm' ? 5_000 : 300 }), limits)
    expect(await beside(faulty, act)).toMatch(outcome)
    expect(({} as Record<string, unknown>).isError).toBeUndefined()
  })
})

describe('a healthy source goes on beside a server at a URL that', () => {
  const events = (response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': 'text/event-stream' })

  it.each<[string, (request: StubRequest, response: ServerResponse) => void, RegExp]>([
    ['has forgotten the session', (_, response) => void response.writeHead(404).end('no session'), /answered HTTP 404/],
    [
      'wants credentials',
      (_, response) => void response.writeHead(401).end(),
      /SOURCE_UNAUTHORIZED .*answered HTTP 401/,
    ],
    [
      'sends its answer one byte at a time',
      ({ rpc }, response) => {
        events(response)
        const rest = [...`data: ${JSON.stringify({ jsonrpc: '2.0', id: rpc.id, result: { content: [] } })}\n\n`]
        const timer = setInterval(() => response.write(rest.shift() ?? ''), 20)
        response.once('close', () => clearInterval(timer))
      },
      /SOURCE_TIMEOUT .*within 300 ms/,
    ],
    [
      'cuts its stream',
      (_, response) => {
        events(response)
        response.write('data: {"jsonr', () => response.destroy())
      },
      /SOURCE_UNAVAILABLE .*broke off its answer|ended its answer/,
    ],
    [
      'asks without end',
      ({ rpc }, response) => {
        events(response)
        for (let id = 0; id < 1_000; id += 1)
          response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id, method: 'roots/list' })}\n\n`)
        response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id: rpc.id, result: { content: [] } })}\n\n`)
      },
      /^no text$/,
    ],
    [
      'answers with 11 MB',
      ({ rpc }, response) => sendRpc(response, rpc.id, { result: { text: 'x'.repeat(11 * 1_048_576) } }),
      /SOURCE_PROTOCOL .*limits\.maxMessageBytes/,
    ],
    ['never answers', () => {}, /SOURCE_TIMEOUT/],
  ])('%s', async (_, misbehave, outcome) => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method === 'initialize') response.setHeader('mcp-session-id', 's')
      if (request.rpc.method === 'tools/call') misbehave(request, response)
      else answerOldEra(request, response)
    })
    onTestFinished(() => stub.close())
    const timeoutMs = outcome.source.includes('TIMEOUT') ? 300 : 10_000
    expect(await beside(open(remoteConfig(stub.url, { timeoutMs })), echo)).toMatch(outcome)
  })
})
