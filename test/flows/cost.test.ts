import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startFakeEmbedder } from '../fakes/embed-provider.ts'
import type { Reply } from '../fakes/openai-provider.ts'
import { calls, says, startFakeProvider } from '../fakes/openai-provider.ts'
import { hasFixtures, openAiSchema } from '../providers/recorded-fixtures.ts'
import { servePatchbay, stdioEntry } from './patchbay.ts'

const messages = [{ role: 'user' as const, content: 'Say a.' }]
const tools = [
  { type: 'mcp', server_label: 'up', server_url: 'patchbay/mcp/up', require_approval: 'never' },
] as unknown as OpenAI.Chat.ChatCompletionTool[]
const usage = {
  prompt_tokens: 1_000,
  completion_tokens: 100,
  total_tokens: 1_100,
  prompt_tokens_details: { cached_tokens: 400 },
}
const echo = calls([{ name: 'up__echo', args: { text: 'a' } }], { usage })
/** Of one turn: 600 * 1 + 400 * 0.5 + 100 * 10 = 1800 millionths. */
const price = { input: 1, output: 10, cacheRead: 0.5 }

async function serve(
  replies: readonly Reply[],
  own: object = price,
): Promise<Readonly<{ client: OpenAI; url: string }>> {
  const provider = await startFakeProvider(...replies)
  const embedder = await startFakeEmbedder()
  onTestFinished(async () => void (await Promise.all([provider.close(), embedder.close()])))
  const models = {
    priced: { provider: 'generic', model: 'fake', baseUrl: provider.url, price: own },
    unpriced: { provider: 'generic', model: 'fake', baseUrl: provider.url },
    embed: { provider: 'generic', model: 'e', baseUrl: `${embedder.url}/v1`, price: { input: 1, output: 0 } },
  }
  const { url } = await servePatchbay({ up: stdioEntry() }, { models })
  return { client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }), url }
}

describe('the cost of a completion', () => {
  it('is told in a header and in the usage, over all rounds', async () => {
    const { client } = await serve([echo, says('It said a.', { usage })])
    const { data, response } = await client.chat.completions.create({ model: 'priced', messages, tools }).withResponse()
    expect(data.usage).toMatchObject({ prompt_tokens: 2_000, cost: 0.0036 })
    expect(response.headers.get('x-litellm-response-cost')).toBe('0.0036')
    if (hasFixtures) expect(openAiSchema('CreateChatCompletionResponse')(data)).toBe(true)
  })

  it('is told in a header by the other surfaces, too', async () => {
    const { url } = await serve([says('Hello.', { usage }), says('Hello.', { usage })])
    const ask = async (path: string, body: object): Promise<string | null> => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'priced', ...body }),
      })
      expect(response.status).toBe(200)
      return response.headers.get('x-litellm-response-cost')
    }
    expect(await ask('/v1/responses', { input: 'Say hello.' })).toBe('0.0018')
    expect(await ask('/v1/messages', { messages, max_tokens: 100 })).toBe('0.0018')
  })

  it('is told in the usage of a stream that asks for it', async () => {
    const { client } = await serve([echo, says('It said a.', { usage })])
    const stream = await client.chat.completions.create({
      model: 'priced',
      messages,
      tools,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks: OpenAI.Chat.ChatCompletionChunk[] = []
    for await (const chunk of stream) chunks.push(chunk)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 200, cost: 0.0036 } })
    if (!hasFixtures) return
    const isChunk = openAiSchema('CreateChatCompletionStreamResponse')
    for (const chunk of chunks) expect(isChunk(chunk), JSON.stringify(isChunk.errors)).toBe(true)
  })

  it('is not told where nobody knows it', async () => {
    const { client } = await serve([says('hello', { usage })])
    const { data, response } = await client.chat.completions.create({ model: 'unpriced', messages }).withResponse()
    expect(data.usage).toEqual(usage)
    expect(response.headers.has('x-litellm-response-cost')).toBe(false)
  })
})

it('the cost is told without traces of binary fractions', async () => {
  const usage = { prompt_tokens: 9, completion_tokens: 100, total_tokens: 109 }
  const price = { input: 0.3, output: 2.5 }
  expect(String((9 * price.input + 100 * price.output) / 1_000_000)).toBe('0.00025269999999999996')
  const { client } = await serve([says('hello', { usage })], price)
  const { response } = await client.chat.completions.create({ model: 'priced', messages }).withResponse()
  expect(response.headers.get('x-litellm-response-cost')).toBe('0.0002527')
})

it('the cost of embeddings is told in a header', async () => {
  const { client } = await serve([])
  const { response } = await client.embeddings.create({ model: 'embed', input: ['a', 'b'] }).withResponse()
  expect(response.headers.get('x-litellm-response-cost')).toBe('0.000004')
})

it('metrics count tokens and cost by the name of the model, and turns without a price', async () => {
  const { client, url } = await serve([echo, says('It said a.', { usage }), says('hello', { usage })])
  await client.chat.completions.create({ model: 'priced', messages, tools })
  await client.chat.completions.create({ model: 'unpriced', messages })
  const text = await (await fetch(`${url}/metrics`)).text()
  expect(text.split('\n').filter(line => line.startsWith('patchbay_llm_'))).toEqual([
    'patchbay_llm_tokens_total{model="priced",kind="input"} 1200',
    'patchbay_llm_tokens_total{model="priced",kind="output"} 200',
    'patchbay_llm_tokens_total{model="priced",kind="cache_read"} 800',
    'patchbay_llm_tokens_total{model="priced",kind="cache_write"} 0',
    'patchbay_llm_tokens_total{model="unpriced",kind="input"} 600',
    'patchbay_llm_tokens_total{model="unpriced",kind="output"} 100',
    'patchbay_llm_tokens_total{model="unpriced",kind="cache_read"} 400',
    'patchbay_llm_tokens_total{model="unpriced",kind="cache_write"} 0',
    'patchbay_llm_cost_dollars_total{model="priced"} 0.0036',
    'patchbay_llm_cost_dollars_total{model="unpriced"} 0',
    'patchbay_llm_unpriced_turns_total{model="priced"} 0',
    'patchbay_llm_unpriced_turns_total{model="unpriced"} 1',
  ])
})
