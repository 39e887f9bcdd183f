import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import { fakeClient } from '../../fakes/client-link.ts'
import { featureConfig, featuresOf, never, open, receivedBy } from './helpers.ts'

const metaOf = (message: { params?: JsonObject }): JsonObject => (message.params?._meta ?? {}) as JsonObject

describe('a modern server that asks for input', () => {
  it("is told the caller's capabilities with each request, and none without a client", async () => {
    const source = open(featureConfig('modern'))
    const client = fakeClient('one', { capabilities: { elicitation: { form: {} }, 'x-new': {} } })
    await source.call('pid', {}, { signal: never, client })
    const sent = await receivedBy(source, 'tools/call')
    expect(sent.map(each => metaOf(each)['io.modelcontextprotocol/clientCapabilities'])).toEqual([
      client.capabilities,
      {},
    ])
  })

  it('is answered by the client and asked the same again, with a new id and its exact state', async () => {
    const source = open(featureConfig('modern'))
    const client = fakeClient()
    const args = { rounds: 3, questions: 2 }
    const result = await source.call('rounds', args, { signal: never, client, meta: { traceparent: '00' } })
    const answer = { action: 'accept', by: 'one' }
    expect(result.structuredContent).toMatchObject({
      inputResponses: { q0: answer, q1: answer },
      requestState: 'round 3',
      sent: { name: 'rounds', arguments: args, _meta: { traceparent: '00' } },
    })
    expect(result).not.toHaveProperty('resultType')
    expect(client.asked).toHaveLength(6)
    const sent = (await receivedBy(source, 'tools/call')).slice(0, -1) as { id: number; params: JsonObject }[]
    expect(new Set(sent.map(({ id }) => id)).size).toBe(4)
    expect(sent.map(({ params }) => params.requestState)).toEqual([undefined, 'round 1', 'round 2', 'round 3'])
  })

  it('for a prompt is answered the same way', async () => {
    const source = open(featureConfig('modern'))
    const client = fakeClient()
    const got = await featuresOf(source).request('prompts/get', { name: 'rounds' }, { signal: never, client })
    expect(got.structuredContent).toMatchObject({ requestState: 'round 1' })
    expect(client.asked).toMatchObject([{ method: 'elicitation/create', params: { message: 'Well?' } }])
  })

  it('of nothing but to come again is asked again', async () => {
    const source = open(featureConfig('modern'))
    const result = await source.call('rounds', { rounds: 2, questions: 0 }, { signal: never })
    expect(result.structuredContent).toMatchObject({ requestState: 'round 2' })
    expect(result.structuredContent).not.toHaveProperty('inputResponses')
  })

  it('is left to a caller who takes that: the result comes as it is, and what it brings is sent', async () => {
    const source = open(featureConfig('modern'))
    const client = fakeClient()
    expect(await source.call('rounds', {}, { signal: never, client, input: {} })).toEqual({
      resultType: 'input_required',
      inputRequests: { q0: { method: 'elicitation/create', params: { message: 'Well?' } } },
      requestState: 'round 1',
      'x-kept': 1,
    })
    const input = { responses: { q0: { action: 'decline' } }, state: 'round 1' }
    const result = await source.call('rounds', {}, { signal: never, client, input })
    expect(result.structuredContent).toMatchObject({ inputResponses: input.responses, requestState: 'round 1' })
    expect(client.asked).toEqual([])
  })

  it.each([
    ['past the most rounds', { rounds: 9 }, fakeClient(), 'LIMIT_REACHED', /than 3 times \(limits\.maxInputRounds\)/],
    ['past the most questions', { rounds: 1, questions: 9 }, fakeClient(), 'LIMIT_REACHED', /limits\.maxAsksPerCall/],
    [
      'of a caller who has no client',
      {},
      undefined,
      'SOURCE_PROTOCOL',
      /asks for elicitation\/create, and nobody is here/,
    ],
    [
      'for what MCP does not know',
      { method: 'tools/evil' },
      fakeClient(),
      'SOURCE_PROTOCOL',
      /^"fake" asks its client for tools\/evil, which MCP does not know\.$/,
    ],
  ])('%s fails the call, which says why', async (_, args, client, code, message) => {
    const source = open(featureConfig('modern'), { maxInputRounds: 3, maxAsksPerCall: 5 })
    const calling = source.call('rounds', args, { signal: never, ...(client && { client }) })
    await expect(calling).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('for what the client cannot do is refused with the code of the revision', async () => {
    const client = fakeClient('one', { capabilities: { sampling: {} } })
    const calling = open(featureConfig('modern')).call('rounds', {}, { signal: never, client })
    await expect(calling).rejects.toMatchObject({
      code: 'CLIENT_REFUSED',
      data: { code: -32021, data: { requiredCapabilities: { elicitation: {} } } },
    })
    expect(client.asked).toEqual([])
  })

  it('is refused what the client refuses, and the other questions of the round end', async () => {
    const refusal = new GatewayError('CLIENT_REFUSED', 'no', { data: { code: -1, message: 'no' } })
    const signals: AbortSignal[] = []
    const client = fakeClient('one', {
      ask: (_method, _params, { signal }) => {
        signals.push(signal)
        return signals.length === 2 ? Promise.reject(refusal) : new Promise(() => {})
      },
    })
    const calling = open(featureConfig('modern')).call('rounds', { questions: 3 }, { signal: never, client })
    await expect(calling).rejects.toBe(refusal)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true])
  })

  it('has one hard limit for all rounds, the waiting included', async () => {
    const client = fakeClient('one', { ask: () => new Promise(resolve => setTimeout(() => resolve({}), 150)) })
    const source = open(featureConfig('modern', 'none', { timeoutMs: 100 }), { callHardTimeoutMs: 400 })
    await expect(source.call('rounds', { rounds: 8 }, { signal: never, client })).rejects.toMatchObject({
      code: 'SOURCE_TIMEOUT',
      message: '"fake" gave no answer to tools/call within 400 ms (limits.callHardTimeoutMs).',
    })
  })
})

describe('a modern server', () => {
  it('that misses a capability says so itself, and its error comes out whole', async () => {
    const calling = open(featureConfig('modern')).call('missing_capability', {}, { signal: never })
    await expect(calling).rejects.toMatchObject({
      code: 'SOURCE_ERROR',
      data: { code: -32021, data: { requiredCapabilities: { elicitation: {} } } },
    })
  })

  it('that answers with a type of result that nobody asked for fails the call', async () => {
    const calling = open(featureConfig('modern')).call('task', {}, { signal: never })
    await expect(calling).rejects.toMatchObject({
      code: 'SOURCE_PROTOCOL',
      message: '"fake" answered tools/call with a result of type "task", which Patchbay does not know.',
    })
  })
})

describe('an old server', () => {
  it('cannot ask by a result', async () => {
    const calling = open(featureConfig('old')).call('rounds', {}, { signal: never, input: {} })
    await expect(calling).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' })
  })
})
