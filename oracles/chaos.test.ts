import type { ChaosConfig } from '@copilotkit/aimock'
import { LLMock } from '@copilotkit/aimock'
import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Stub } from '../test/fakes/http-stub.ts'
import { answerOldEra, httpStub } from '../test/fakes/http-stub.ts'
import { servePatchbay } from '../test/flows/patchbay.ts'

/** The wires that the mock plays, as entries of `models`. */
const wires: Record<string, (origin: string) => object> = {
  openai: origin => ({ provider: 'generic', model: 'fake-1', baseUrl: `${origin}/v1`, apiKey: 'sk-of-openai' }),
  anthropic: origin => ({ provider: 'anthropic', model: 'claude-sonnet-4-5', baseUrl: origin, apiKey: 'sk-ant-one' }),
  gemini: origin => ({
    provider: 'gemini',
    model: 'gemini-2.5-pro',
    baseUrl: `${origin}/v1beta`,
    apiKey: 'key-of-google',
  }),
  bedrock: origin => ({
    provider: 'bedrock',
    model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
    baseUrl: origin,
    region: 'eu-central-1',
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'a-secret-access-key-of-aws',
  }),
}

type House = Readonly<{ client: OpenAI; mocks: readonly LLMock[]; toolCalls: () => number; url: string }>

const tools = [
  { type: 'mcp', server_label: 'up', server_url: 'patchbay/mcp/up', require_approval: 'never' },
] as unknown as OpenAI.Chat.ChatCompletionTool[]
const messages = [{ role: 'user' as const, content: 'Say a.' }]

/** A mock that asks for the tool, and answers once it has its result. */
async function startMock(): Promise<LLMock> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' })
  mock.on({ hasToolResult: true }, { content: 'It said ok.' })
  mock.on({ hasToolResult: false }, { toolCalls: [{ name: 'echo', arguments: '{"text":"a"}' }] })
  await mock.start()
  onTestFinished(() => mock.stop())
  return mock
}

/** A whole Patchbay: one model of this wire, with a deployment at each mock, and an upstream that counts calls. */
async function serve(wire: string, mocks: readonly LLMock[], limits: object = {}): Promise<House> {
  const toEntry = wires[wire]
  if (toEntry === undefined) throw new Error(wire)
  const upstream = await httpStub((request, response) => answerOldEra(request, response, ['echo']))
  onTestFinished(() => upstream.close())
  const models = { m: { deployments: mocks.map(mock => toEntry(mock.url)) } }
  const { url } = await servePatchbay({ up: { url: upstream.url } }, { models, limits })
  return {
    url,
    mocks,
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }),
    toolCalls: () => callsOf(upstream),
  }
}

function callsOf({ requests }: Stub): number {
  return requests.filter(({ rpc }) => rpc.method === 'tools/call').length
}

/** The answer, however it comes; rejects as the client does. */
async function ask({ client }: House, stream: boolean, content = 'Say a.'): Promise<string> {
  const messages = [{ role: 'user' as const, content }]
  if (!stream) {
    const answer = await client.chat.completions.create({ model: 'm', messages, tools })
    return answer.choices[0]?.message.content ?? ''
  }
  let text = ''
  for await (const { choices } of await client.chat.completions.create({ model: 'm', messages, tools, stream: true })) {
    text += choices[0]?.delta.content ?? ''
  }
  return text
}

async function failureOf(house: House, stream: boolean): Promise<InstanceType<typeof OpenAI.APIError>> {
  const thrown = await ask(house, stream).then(
    text => new Error(`answered: ${text}`),
    (thrown: unknown) => thrown,
  )
  expect(thrown).toBeInstanceOf(OpenAI.APIError)
  return thrown as InstanceType<typeof OpenAI.APIError>
}

const secrets = /sk-of-openai|sk-ant-one|key-of-google|a-secret-access|AKIDEXAMPLE/
const fourKeys = { message: expect.any(String), type: expect.anything(), param: null, code: expect.anything() }

const cases = Object.keys(wires).flatMap(wire => [true, false].map(stream => [wire, stream] as const))

describe.each(cases)('in front of a mocked %s, streamed %s', (wire, stream) => {
  it('a healthy turn calls the tool once', async () => {
    const house = await serve(wire, [await startMock()])
    expect(await ask(house, stream)).toBe('It said ok.')
    expect(house.toolCalls()).toBe(1)
  })

  it.each<[string, ChaosConfig, number]>([
    ['a server error', { dropRate: 1 }, 500],
    ['an answer that is no JSON', { malformedRate: 1 }, 502],
    ['a connection that is cut', { disconnectRate: 1 }, 502],
    ['a rate limit', { rateLimitRate: 1 }, 429],
  ])('%s is an error in the format of the caller, and calls nothing', async (_, chaos, status) => {
    const mock = await startMock()
    mock.setChaos(chaos)
    const house = await serve(wire, [mock], { modelRetries: 0 })
    const failure = await failureOf(house, stream)
    expect(failure.status).toBe(status)
    expect(Object.keys(failure.error as object)).toEqual(expect.arrayContaining(Object.keys(fourKeys)))
    expect(JSON.stringify([failure.message, failure.error])).not.toMatch(secrets)
    expect(house.toolCalls()).toBe(0)
  })

  it('a turn that fails before its first byte is tried again, and the caller sees one answer', async () => {
    const mock = new LLMock({ port: 0, host: '127.0.0.1' })
    mock.on({ hasToolResult: false, sequenceIndex: 0 }, { error: { message: 'try later' }, status: 503 })
    mock.on({ hasToolResult: true, sequenceIndex: 0 }, { error: { message: 'slow down' }, status: 429, retryAfter: 0 })
    mock.on({ hasToolResult: true }, { content: 'It said ok.' })
    mock.on({ hasToolResult: false }, { toolCalls: [{ name: 'echo', arguments: '{"text":"a"}' }] })
    await mock.start()
    onTestFinished(() => mock.stop())
    const house = await serve(wire, [mock], { modelRetries: 1 })
    expect(await ask(house, stream)).toBe('It said ok.')
    // Four turns were asked for; the tool ran once.
    expect(mock.getRequests()).toHaveLength(4)
    expect(house.toolCalls()).toBe(1)
  })

  it('another deployment stands in before the first byte, and the failing one is spared after that', async () => {
    const [bad, good] = [await startMock(), await startMock()]
    bad.setChaos({ dropRate: 1 })
    const house = await serve(wire, [bad, good], { modelRetries: 1, modelFailures: 1, modelCooldownMs: 600_000 })
    for (let turn = 0; turn < 6; turn += 1) expect(await ask(house, stream)).toBe('It said ok.')
    expect(house.toolCalls()).toBe(6)
    // Asked at most once: one failure, and it rests for longer than this test.
    expect(bad.getRequests().length).toBeLessThanOrEqual(1)
    expect(good.getRequests()).toHaveLength(12)
  })
})

describe.each(Object.keys(wires))('in front of a mocked %s', wire => {
  it('a stream that is cut calls nothing and says so, wherever the cut is', async () => {
    const mock = new LLMock({ port: 0, host: '127.0.0.1' })
    mock.on({ hasToolResult: true }, { content: 'It said ok.' })
    const turn = { content: 'I call the tool.', toolCalls: [{ name: 'echo', arguments: '{"text":"long enough"}' }] }
    const cuts = Array.from({ length: 16 }, (_, index) => index + 1)
    for (const cut of cuts) {
      mock.on({ userMessage: `cut ${cut}.`, hasToolResult: false }, turn, { truncateAfterChunks: cut, chunkSize: 4 })
    }
    await mock.start()
    onTestFinished(() => mock.stop())
    const house = await serve(wire, [mock], { modelRetries: 0, modelFailures: 1_000 })
    for (const cut of cuts) {
      const before = house.toolCalls()
      const thrown = await ask(house, true, `cut ${cut}.`).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      // The text alone takes four pieces; past the last one nothing is left to cut.
      if (cut <= 4) expect(thrown).toBeInstanceOf(OpenAI.APIError)
      if (thrown instanceof OpenAI.APIError) expect(thrown.error).toMatchObject(fourKeys)
      expect([cut, house.toolCalls() - before]).toEqual([cut, thrown === undefined ? 1 : 0])
    }
  })
})

it('nothing stays open after a hundred turns of chaos', async () => {
  const sockets = (): number => process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length
  const before = sockets()
  const mock = new LLMock({ port: 0, host: '127.0.0.1' })
  mock.on({ hasToolResult: true }, { content: 'It said ok.' })
  mock.on({ hasToolResult: false }, { toolCalls: [{ name: 'echo', arguments: '{}' }] })
  await mock.start()
  mock.setChaos({ dropRate: 0.2, malformedRate: 0.2, disconnectRate: 0.2, rateLimitRate: 0.2 })
  const upstream = await httpStub((request, response) => answerOldEra(request, response, ['echo']))
  const models = Object.fromEntries(Object.entries(wires).map(([wire, toEntry]) => [wire, toEntry(mock.url)]))
  const limits = { modelRetries: 0, modelFailures: 1_000 }
  const { url, patchbay } = await servePatchbay({ up: { url: upstream.url } }, { models, limits })
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, async (_, turn) => {
      const model = Object.keys(wires)[turn % 4] ?? ''
      const body = { model, messages, tools }
      try {
        if (turn % 8 < 4) return (await client.chat.completions.create(body)).choices[0]?.finish_reason
        const stream = await client.chat.completions.create({ ...body, stream: true })
        let reason: string | null | undefined
        for await (const { choices } of stream) reason = choices[0]?.finish_reason ?? reason
        return reason
      } catch (thrown) {
        return thrown instanceof OpenAI.APIError ? 'refused' : thrown
      }
    }),
  )
  expect(new Set(outcomes)).toEqual(new Set(['stop', 'refused']))
  await patchbay.close()
  await upstream.close()
  await mock.stop()
  await expect.poll(sockets).toBeLessThanOrEqual(before)
})
