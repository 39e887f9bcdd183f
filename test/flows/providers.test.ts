import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import { answersMessage, startFakeAnthropic } from '../fakes/anthropic-provider.ts'
import { startFakeBedrock } from '../fakes/bedrock.ts'
import { servePatchbay, stdioEntry } from './patchbay.ts'

const secretAccessKey = 'a-secret-access-key-of-aws'
const tools = [
  { type: 'mcp', server_label: 'up', server_url: 'patchbay/mcp/up', require_approval: 'never' },
] as unknown as OpenAI.Chat.ChatCompletionTool[]
const messages = [{ role: 'user' as const, content: 'Say a.' }]
const thought = { type: 'thinking', thinking: 'I call.', signature: 'c2ln' }

const usage = { inputTokens: 3, outputTokens: 2, totalTokens: 5 }
const reply = (content: object[], stopReason: string) => ({
  json: { output: { message: { role: 'assistant', content } }, stopReason, usage, metrics: { latencyMs: 1 } },
})

/** Patchbay in front of both fakes, each of which calls the tool once and then says what it got. */
async function serve(): Promise<Readonly<{ client: OpenAI; sent: () => Record<string, unknown>[][] }>> {
  const anthropic = await startFakeAnthropic(
    answersMessage([thought, { type: 'tool_use', id: 'toolu_1', name: 'echo', input: { text: 'a' } }]),
    answersMessage([{ type: 'text', text: 'It said a.' }]),
  )
  const reasoning = { reasoningContent: { reasoningText: { text: 'I call.', signature: 'c2ln' } } }
  const toolUse = { toolUse: { toolUseId: 'tooluse_1', name: 'echo', input: { text: 'a' } } }
  const bedrock = await startFakeBedrock(
    { region: 'eu-central-1', secretAccessKey },
    reply([reasoning, toolUse], 'tool_use'),
    reply([{ text: 'It said a.' }], 'end_turn'),
  )
  onTestFinished(async () => void (await Promise.all([anthropic.close(), bedrock.close()])))
  const models = {
    claude: { provider: 'anthropic', model: 'claude-sonnet-4-5', apiKey: 'sk-ant-1', baseUrl: `${anthropic.url}/v1` },
    converse: {
      provider: 'bedrock',
      model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      baseUrl: bedrock.url,
      region: 'eu-central-1',
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey,
    },
  }
  const { url } = await servePatchbay({ up: stdioEntry() }, { models })
  return {
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }),
    sent: () => [anthropic, bedrock].map(({ received }) => received.map(({ body }) => body)),
  }
}

describe.each(['claude', 'converse'])('a completion with tools by %s', model => {
  it('calls them and replays what it had thought', async () => {
    const { client, sent } = await serve()
    const answer = await client.chat.completions.create({ model, messages, tools, max_tokens: 4_000 })
    expect(answer.choices[0]?.message.content).toBe('It said a.')
    expect(answer.choices[0]?.finish_reason).toBe('stop')
    expect(answer.usage?.total_tokens).toBeGreaterThan(0)
    const second = sent().flatMap(bodies => bodies.slice(1))
    expect(second).toHaveLength(1)
    expect(JSON.stringify(second)).toContain('c2ln')
    // Nothing of ours reaches a provider or a caller.
    expect(JSON.stringify([sent(), answer])).not.toMatch(/native|wire|sk-ant-1|a-secret-access/)
  })
})

describe('a completion by Anthropic', () => {
  it('is streamed as one message', async () => {
    const { client } = await serve()
    let text = ''
    const reasons: string[] = []
    const stream = await client.chat.completions.create({ model: 'claude', messages, tools, stream: true })
    for await (const { choices } of stream) {
      text += choices[0]?.delta.content ?? ''
      if (choices[0]?.finish_reason) reasons.push(choices[0].finish_reason)
    }
    expect([text, reasons]).toEqual(['It said a.', ['stop']])
  })
})
