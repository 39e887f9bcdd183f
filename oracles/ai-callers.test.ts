import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModel } from 'ai'
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FakeProvider, Reply } from '../test/fakes/openai-provider.ts'
import { calls, chunk, fails, says, startFakeProvider, streams } from '../test/fakes/openai-provider.ts'
import { servePatchbay, stdioEntry } from '../test/flows/patchbay.ts'

/** An entry that no AI SDK knows: it is put into the body on its way. */
const ours = { type: 'mcp', server_label: 'up', server_url: 'patchbay/mcp/up', require_approval: 'never' }

type Body = { tools?: object[] }

/** Both packages at our endpoint; `withOurs` adds the mcp entry to every request. */
const packages: Record<string, (url: string, withOurs: boolean) => LanguageModel> = {
  '@ai-sdk/openai-compatible': (url, withOurs) =>
    createOpenAICompatible({
      name: 'patchbay',
      baseURL: `${url}/v1`,
      includeUsage: true,
      transformRequestBody: body => (withOurs ? addOurs(body) : body),
    }).chatModel('fast'),
  '@ai-sdk/openai': (url, withOurs) =>
    createOpenAI({
      baseURL: `${url}/v1`,
      apiKey: 'none',
      fetch: (input, init) => {
        const body = JSON.parse(String(init?.body)) as Body
        return fetch(input, { ...init, body: JSON.stringify(withOurs ? addOurs(body) : body) } as RequestInit)
      },
    }).chat('fast'),
}

function addOurs<T extends Body>(body: T): T {
  return { ...body, tools: [...(body.tools ?? []), ours] }
}

/** One of the caller's own functions. */
function ownTools(asked: unknown[]) {
  return {
    weather: tool({
      description: 'The weather of a city.',
      inputSchema: jsonSchema<{ city: string }>({
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
      }),
      execute: async ({ city }) => {
        asked.push(city)
        return `Sun in ${city}.`
      },
    }),
  }
}

async function serve(...replies: Reply[]): Promise<{ url: string; fake: FakeProvider }> {
  const fake = await startFakeProvider(...replies)
  onTestFinished(() => fake.close())
  const models = { fast: { provider: 'generic', model: 'fake-1', baseUrl: fake.url, retries: 0 } }
  const { url } = await servePatchbay({ up: stdioEntry() }, { models })
  return { url, fake }
}

/** The same question streamed and not, read the same way. */
async function ask(isStreamed: boolean, options: Parameters<typeof generateText>[0]) {
  if (!isStreamed) {
    const { text, finishReason, usage, steps } = await generateText({ maxRetries: 0, ...options })
    return { text, finishReason, tokens: usage.totalTokens, steps: steps.length, errors: [] as unknown[] }
  }
  const errors: unknown[] = []
  const result = streamText({ maxRetries: 0, ...options, onError: ({ error }) => void errors.push(error) })
  await result.consumeStream()
  if (errors.length > 0) return { text: '', finishReason: 'error', tokens: 0, steps: 0, errors }
  const [text, finishReason, usage, steps] = [
    await result.text,
    await result.finishReason,
    await result.usage,
    await result.steps,
  ]
  return { text, finishReason, tokens: usage.totalTokens, steps: steps.length, errors }
}

const cases = Object.keys(packages).flatMap(name => [false, true].map(isStreamed => [name, isStreamed] as const))

describe.each(cases)('%s as a caller (streamed: %s)', (name, isStreamed) => {
  const model = (url: string, withOurs: boolean): LanguageModel => {
    const make = packages[name]
    if (make === undefined) throw new Error(name)
    return make(url, withOurs)
  }

  it('reads a plain answer with its usage', async () => {
    const { url } = await serve(says('hello there'))
    const answer = await ask(isStreamed, { model: model(url, false), prompt: 'hi' })
    expect(answer).toEqual({ text: 'hello there', finishReason: 'stop', tokens: 15, steps: 1, errors: [] })
  })

  it('gets one step for an answer whose mcp tools ran here', async () => {
    const { url, fake } = await serve(calls([{ name: 'echo', args: { text: 'a' } }]), says('It said a.'))
    const answer = await ask(isStreamed, { model: model(url, true), prompt: 'Say a.', stopWhen: isStepCount(5) })
    // Both rounds are counted.
    expect(answer).toEqual({ text: 'It said a.', finishReason: 'stop', tokens: 30, steps: 1, errors: [] })
    expect(fake.received).toHaveLength(2)
    expect(fake.received[1]?.body.messages.at(-1)).toMatchObject({ role: 'tool', content: '{"text":"a"}' })
  })

  it('runs functions of its own in steps, and its history is taken', async () => {
    const { url, fake } = await serve(
      calls([
        { id: 'call_a', name: 'weather', args: { city: 'Oslo' } },
        { id: 'call_b', name: 'weather', args: { city: 'Rome' } },
      ]),
      says('Sun in both.'),
    )
    const asked: unknown[] = []
    const answer = await ask(isStreamed, {
      model: model(url, false),
      prompt: 'Weather?',
      tools: ownTools(asked),
      stopWhen: isStepCount(5),
    })
    expect(answer).toEqual({ text: 'Sun in both.', finishReason: 'stop', tokens: 30, steps: 2, errors: [] })
    expect(asked).toEqual(['Oslo', 'Rome'])
    expect(fake.received[1]?.body.messages.slice(2)).toMatchObject([
      { role: 'tool', tool_call_id: 'call_a', content: 'Sun in Oslo.' },
      { role: 'tool', tool_call_id: 'call_b', content: 'Sun in Rome.' },
    ])
  })

  it('gets its own calls beside ours, which have run, and goes on from there', async () => {
    const { url, fake } = await serve(
      calls([
        { id: 'call_a', name: 'echo', args: { text: 'a' } },
        { id: 'call_b', name: 'weather', args: { city: 'Oslo' } },
      ]),
      says('Done.'),
    )
    const asked: unknown[] = []
    const answer = await ask(isStreamed, {
      model: model(url, true),
      prompt: 'Both.',
      tools: ownTools(asked),
      stopWhen: isStepCount(5),
    })
    expect(answer).toMatchObject({ text: 'Done.', finishReason: 'stop', steps: 2, errors: [] })
    expect(asked).toEqual(['Oslo'])
    // This caller does not send our trace back, so the model sees its own call and result alone; no call is unanswered.
    const { messages = [] } = fake.received[1]?.body ?? {}
    expect(messages.flatMap(({ tool_calls: made = [] }) => made.map(({ id }) => id))).toEqual(['call_b'])
    expect(messages.at(-1)).toMatchObject({ role: 'tool', tool_call_id: 'call_b' })
  })

  it('gets calls without index, id or arguments whole', async () => {
    const careless = [
      chunk({ role: 'assistant', tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Oslo"}' } }] }),
      chunk({ tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Rome"}' } }] }, 'stop'),
      '[DONE]',
    ]
    const { url } = await serve(streams(careless), says('Done.'))
    const asked: unknown[] = []
    const answer = await ask(isStreamed, {
      model: model(url, false),
      prompt: 'Weather?',
      tools: ownTools(asked),
      stopWhen: isStepCount(5),
    })
    expect([asked, answer.text]).toEqual([['Oslo', 'Rome'], 'Done.'])
  })

  it('gets an error with its status, and never a call of a stream that broke off', async () => {
    const refused = await serve(fails(429, { error: { message: 'slow down', type: 'rate_limit_error' } }))
    const failure = await ask(isStreamed, { model: model(refused.url, false), prompt: 'hi' }).then(
      ({ errors }) => errors[0],
      (thrown: unknown) => thrown,
    )
    expect(failure).toMatchObject({ statusCode: 429, message: expect.stringContaining('slow down') })
    const half = { index: 0, id: 'call_a', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }
    const broken = await serve(streams([chunk({ role: 'assistant', content: 'Hm' }), chunk({ tool_calls: [half] })]))
    const asked: unknown[] = []
    const options = { model: model(broken.url, false), prompt: 'hi', tools: ownTools(asked) }
    const told = await ask(isStreamed, options).then(
      ({ errors }) => errors,
      (thrown: unknown) => [thrown],
    )
    expect(told).toHaveLength(1)
    expect(asked).toEqual([])
  })
})
