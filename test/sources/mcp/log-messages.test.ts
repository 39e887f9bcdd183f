import { describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { fakeClient } from '../../fakes/client-link.ts'
import { answerOldEra, httpStub, sendRpc } from '../../fakes/http-stub.ts'
import {
  callText,
  featureConfig,
  featuresOf,
  never,
  nextChange,
  open,
  receivedBy,
  remoteConfig,
  until,
} from './helpers.ts'

const message = (level: string, data: unknown) => ({ method: 'notifications/message', params: { level, data } })
const data = (logs: readonly JsonObject[]): unknown[] => logs.map(params => params.data)

describe('the log level of an old server', () => {
  it('is told to it, told again after it was away, and the most severe once nobody wants any', async () => {
    const source = open(featureConfig('old'))
    const { setLogLevel } = featuresOf(source)
    const levels = async () => (await receivedBy(source, 'logging/setLevel')).map(({ params }) => params?.level)
    expect(await levels()).toEqual([])
    setLogLevel('warning')
    setLogLevel('warning')
    await until(async () => (await levels()).length > 0)
    const pid = Number(await callText(source, 'pid'))
    const back = nextChange(source)
    process.kill(pid, 'SIGKILL')
    await back
    await until(async () => (await levels()).length > 0)
    setLogLevel(undefined)
    await until(async () => (await levels()).length > 1)
    expect(await levels()).toEqual(['warning', 'emergency'])
  })

  it('is lowered before a call that wants more, once', async () => {
    const source = open(featureConfig('old'))
    for (const logLevel of ['info', 'info', 'error', 'debug'] as const)
      await source.call('pid', {}, { signal: never, client: fakeClient('one', { logLevel }) })
    const told = (await receivedBy(source)).map(({ method, params }) => params?.level ?? method)
    expect(told.filter(each => each !== 'resources/subscribe').slice(2)).toEqual([
      ...['info', 'tools/call', 'tools/call', 'tools/call', 'debug', 'tools/call', 'tools/call'],
    ])
  })

  it.each([
    ['again where it did not get through', 503, 2],
    ['once where it was refused', 200, 1],
  ])('is told %s', async (_, status, times) => {
    const stub = await httpStub((request, response) => {
      const { id, method } = request.rpc
      const capabilities = { tools: {}, logging: {} }
      if (method === 'initialize')
        sendRpc(response, id, { result: { protocolVersion: '2025-06-18', capabilities, serverInfo: {} } })
      else if (method !== 'logging/setLevel') answerOldEra(request, response)
      else if (status === 200) sendRpc(response, id, { error: { code: -32602, message: 'no' } })
      else response.writeHead(status).end()
    })
    onTestFinished(() => stub.close())
    const source = open(remoteConfig(stub.url))
    const client = fakeClient('one', { logLevel: 'info' })
    for (let turn = 0; turn < 2; turn += 1) await source.call('a', {}, { signal: never, client })
    expect(stub.requests.filter(({ rpc }) => rpc.method === 'logging/setLevel')).toHaveLength(times)
  })

  it('holds up no call that is cancelled meanwhile', async () => {
    const source = open(featureConfig('old', 'ignores-level', { timeoutMs: 15_000 }))
    const client = fakeClient('one', { logLevel: 'info' })
    await source.list({ signal: never })
    const startedAt = performance.now()
    const calling = source.call('pid', {}, { signal: AbortSignal.timeout(100), client })
    await expect(calling).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(performance.now() - startedAt).toBeLessThan(4_000)
  })

  it('is not told to one that does not log', async () => {
    const source = open(featureConfig('old', 'tools-only'))
    featuresOf(source).setLogLevel('debug')
    expect(await receivedBy(source, 'logging/setLevel')).toEqual([])
  })
})

describe('a log message over stdio', () => {
  it('goes to the only client that has a call running, where it wants it', async () => {
    const source = open(featureConfig('old'))
    const others: JsonObject[] = []
    featuresOf(source).onLog(params => void others.push(params))
    const client = fakeClient('one', { logLevel: 'warning' })
    // A level that MCP does not know is taken for the least severe.
    for (const level of ['info', 'warning', 'emergency', 'unheard of'])
      await source.call('emit', message(level, level), { signal: never, client })
    expect([data(client.logs), others]).toEqual([['warning', 'emergency'], []])
  })

  it('goes to all who follow while no call runs', async () => {
    const source = open(featureConfig('old', 'logs-at-start'))
    const followed: JsonObject[] = []
    featuresOf(source).onLog(params => void followed.push(params))
    await until(() => followed.length > 0)
    expect(data(followed)).toEqual(['up'])
  })

  it('behind an answer goes to the client of the calls that have just ended, and to nobody when there are two', async () => {
    const source = open(featureConfig('old'))
    const followed: JsonObject[] = []
    featuresOf(source).onLog(params => void followed.push(params))
    const [one, two] = [fakeClient('one', { logLevel: 'info' }), fakeClient('two', { logLevel: 'info' })]
    const late = (text: string, client: typeof one) =>
      source.call('log_late', { level: 'info', data: text }, { signal: never, client })
    await late('first', one)
    await until(() => one.logs.length > 0)
    await late('second', two)
    await source.call('pid', {}, { signal: never })
    expect([data(one.logs), two.logs, followed]).toEqual([['first'], [], []])
  })

  it('goes to nobody while a call runs that has no client, or calls of several do', async () => {
    const source = open(featureConfig('old'))
    const followed: JsonObject[] = []
    featuresOf(source).onLog(params => void followed.push(params))
    const [one, two] = [fakeClient('one', { logLevel: 'debug' }), fakeClient('two', { logLevel: 'debug' })]
    await source.call('emit', message('info', 'of a caller without a client'), { signal: never })
    // Its level is known from then on, so that the next call is sent at once.
    await source.call('pid', {}, { signal: never, client: one })
    const slow = source.call('slow', { ms: 300 }, { signal: never, client: one })
    await source.call('emit', message('info', 'of one of two'), { signal: never, client: two })
    await slow
    expect([followed, one.logs, two.logs]).toEqual([[], [], []])
  })
})

describe('a modern server', () => {
  it("is told the client's level with each request, and no other way", async () => {
    const source = open(featureConfig('modern'))
    featuresOf(source).setLogLevel('debug')
    await source.call('pid', {}, { signal: never, client: fakeClient('one', { logLevel: 'notice' }) })
    await source.call('pid', {}, { signal: never })
    const told = (await receivedBy(source, 'tools/call')).map(
      ({ params = {} }) => (params._meta as JsonObject)['io.modelcontextprotocol/logLevel'],
    )
    expect(told).toEqual(['notice', undefined, undefined])
  })
})
