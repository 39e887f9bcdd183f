import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import { answersMessage, startFakeAnthropic } from '../fakes/anthropic-provider.ts'
import { startFakeBedrock } from '../fakes/bedrock.ts'
import { geminiCalls, geminiSays, startFakeGemini } from '../fakes/gemini-provider.ts'
import { calls, says, startFakeProvider } from '../fakes/openai-provider.ts'
import { hasFixtures, openAiSchema } from '../providers/recorded-fixtures.ts'
import { servePatchbay, stdioEntry } from './patchbay.ts'

const functions = [
  {
    name: 'weather/of',
    description: 'Tells the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
]
const input = { city: 'Oslo' }
const question: OpenAI.Chat.ChatCompletionMessageParam = { role: 'user', content: 'How is it in Oslo?' }

/** Patchbay in front of a provider of each wire, which calls the function under its legal name and then says what it got. */
async function serve(): Promise<OpenAI> {
  const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 }
  const converse = (content: object[], stopReason: string) => ({
    json: { output: { message: { role: 'assistant', content } }, stopReason, usage, metrics: { latencyMs: 1 } },
  })
  const [openai, anthropic, gemini, bedrock] = await Promise.all([
    startFakeProvider(calls([{ id: 'c1', name: 'weather_of', args: input }]), says('It rains.')),
    startFakeAnthropic(
      answersMessage([{ type: 'tool_use', id: 'toolu_1', name: 'weather_of', input }]),
      answersMessage([{ type: 'text', text: 'It rains.' }]),
    ),
    startFakeGemini(geminiCalls({ name: 'weather_of', args: input }), geminiSays('It rains.')),
    startFakeBedrock(
      { region: 'eu-west-1', apiKey: 'bedrock-key' },
      converse([{ toolUse: { toolUseId: 't1', name: 'weather_of', input } }], 'tool_use'),
      converse([{ text: 'It rains.' }], 'end_turn'),
    ),
  ])
  onTestFinished(async () => void (await Promise.all([openai, anthropic, gemini, bedrock].map(fake => fake.close()))))
  const models = {
    openai: { provider: 'generic', model: 'm', baseUrl: openai.url },
    claude: { provider: 'anthropic', model: 'claude-sonnet-4-5', apiKey: 'k', baseUrl: `${anthropic.url}/v1` },
    gemini: { provider: 'gemini', model: 'gemini-3-pro-preview', apiKey: 'k', baseUrl: gemini.url },
    converse: {
      provider: 'bedrock',
      model: 'anthropic.claude-sonnet-4-5',
      region: 'eu-west-1',
      apiKey: 'bedrock-key',
      baseUrl: bedrock.url,
    },
  }
  const { url } = await servePatchbay({ up: stdioEntry() }, { models })
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
}

describe.each(['openai', 'claude', 'gemini', 'converse'])('functions in the older form, by %s', model => {
  it('are called in it, and their results are understood', async () => {
    const client = await serve()
    const first = await client.chat.completions.create({
      model,
      messages: [question],
      functions,
      function_call: { name: 'weather/of' },
    })
    const [choice] = first.choices
    expect(choice?.finish_reason).toBe('function_call')
    expect(choice?.message).not.toHaveProperty('tool_calls')
    expect(choice?.message.function_call).toMatchObject({ name: 'weather/of', arguments: JSON.stringify(input) })
    if (hasFixtures) expect(openAiSchema('CreateChatCompletionResponse')(first)).toBe(true)

    const second = await client.chat.completions.create({
      model,
      messages: [
        question,
        choice?.message as OpenAI.Chat.ChatCompletionMessageParam,
        { role: 'function', name: 'weather/of', content: 'rain' },
      ],
      functions,
    })
    expect(second.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'It rains.' } })
  })
})

it('functions in the older form are called so in a stream as well', async () => {
  const client = await serve()
  const stream = await client.chat.completions.create({
    model: 'openai',
    messages: [question],
    functions,
    stream: true,
  })
  const [names, reasons]: [string[], string[]] = [[], []]
  let text = ''
  const isChunk = hasFixtures ? openAiSchema('CreateChatCompletionStreamResponse') : () => true
  for await (const chunk of stream) {
    expect(isChunk(chunk)).toBe(true)
    const [choice] = chunk.choices
    if (choice?.delta.function_call?.name) names.push(choice.delta.function_call.name)
    text += choice?.delta.function_call?.arguments ?? ''
    if (choice?.finish_reason) reasons.push(choice.finish_reason)
    expect(choice?.delta).not.toHaveProperty('tool_calls')
  }
  expect([names, JSON.parse(text), reasons]).toEqual([['weather/of'], input, ['function_call']])
})

it('functions in the older form stand beside tools of type mcp', async () => {
  const client = await serve()
  const tools = [{ type: 'mcp', server_label: 'up', server_url: 'patchbay/mcp/up', require_approval: 'never' }]
  const { choices } = await client.chat.completions.create({
    model: 'openai',
    messages: [question],
    functions,
    tools: tools as never,
  })
  expect(choices[0]).toMatchObject({
    finish_reason: 'function_call',
    message: { function_call: { name: 'weather/of' } },
  })
})

it('a function without a name is refused with its place', async () => {
  const client = await serve()
  const create = client.chat.completions.create({ model: 'openai', messages: [question], functions: [{} as never] })
  await expect(create).rejects.toMatchObject({ status: 400, param: 'functions[0].name' })
})
