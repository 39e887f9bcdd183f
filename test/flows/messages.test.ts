import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import { answersMessage, startFakeAnthropic } from '../fakes/anthropic-provider.ts'
import { geminiCalls, geminiSays, startFakeGemini } from '../fakes/gemini-provider.ts'
import { answerOldEra, httpStub } from '../fakes/http-stub.ts'
import { calls, says, startFakeProvider } from '../fakes/openai-provider.ts'
import { servePatchbay, stdioEntry } from './patchbay.ts'

const input = { text: 'a' }
const thought = { type: 'thinking', thinking: 'I call.', signature: 'c2ln' }

/** Patchbay with a key, in front of three providers, each of which calls the tool once and then says what it got. */
async function serve(): Promise<Readonly<{ url: string; sent: () => unknown }>> {
  const anthropic = await startFakeAnthropic(
    answersMessage([thought, { type: 'tool_use', id: 'toolu_1', name: 'echo', input }]),
    answersMessage([{ type: 'text', text: 'It said a.' }]),
  )
  const openai = await startFakeProvider(calls([{ name: 'echo', args: input }]), says('It said a.'))
  const gemini = await startFakeGemini(geminiCalls({ name: 'echo', args: input }), geminiSays('It said a.'))
  const fakes = [anthropic, openai, gemini]
  onTestFinished(async () => void (await Promise.all(fakes.map(fake => fake.close()))))
  const models = {
    claude: { provider: 'anthropic', model: 'claude-sonnet-4-5', apiKey: 'sk-ant-1', baseUrl: anthropic.url },
    gpt: { provider: 'openai', model: 'gpt-5', apiKey: 'sk-openai', baseUrl: openai.url },
    gemini: { provider: 'gemini', model: 'gemini-3-pro-preview', apiKey: 'key-of-google', baseUrl: gemini.url },
  }
  const keys = [{ id: 'me', key: 'sk-patchbay-secret-key-of-mine' }]
  const { url } = await servePatchbay({ up: stdioEntry() }, { models, keys })
  return { url, sent: () => fakes.flatMap(({ received }) => [...received]) }
}

const params = (model: string): Anthropic.Beta.MessageCreateParamsNonStreaming => ({
  model,
  max_tokens: 1_000,
  messages: [{ role: 'user', content: 'Say a.' }],
  mcp_servers: [{ type: 'url', name: 'up', url: 'litellm_proxy/mcp/up' }],
  tools: [
    {
      type: 'mcp_toolset',
      mcp_server_name: 'up',
      default_config: { enabled: false },
      configs: { echo: { enabled: true } },
    },
  ],
  betas: ['mcp-client-2025-11-20'],
})

describe.each(['claude', 'gpt', 'gemini'])("Anthropic's client, over a whole Patchbay, and the model %s", model => {
  it('calls tools of an MCP server, streamed or not', async () => {
    for (const stream of [false, true]) {
      const { url, sent } = await serve()
      const client = new Anthropic({ baseURL: url, apiKey: 'sk-patchbay-secret-key-of-mine', maxRetries: 0 })
      const { content, stop_reason: reason } = stream
        ? await client.beta.messages.stream(params(model)).finalMessage()
        : await client.beta.messages.create(params(model))
      const kinds = content.map(({ type }) => type).filter(type => type !== 'thinking')
      expect([stream, kinds, reason]).toEqual([stream, ['mcp_tool_use', 'mcp_tool_result', 'text'], 'end_turn'])
      expect(content.find(({ type }) => type === 'mcp_tool_use')).toMatchObject({
        name: 'echo',
        server_name: 'up',
        input,
      })
      expect(content.at(-1)).toMatchObject({ text: 'It said a.' })
      // Nothing of ours reaches a provider, and nothing of theirs a caller.
      expect(JSON.stringify(sent())).not.toMatch(/native|litellm|mcp_|mcp-client|sk-patchbay/)
      expect(JSON.stringify(content)).not.toMatch(/sk-ant-1|sk-openai|key-of-google/)
    }
  })
})

describe("Anthropic's client", () => {
  it('reads the refusal of a wrong key, and gets tokens estimated with a right one', async () => {
    const { url } = await serve()
    const wrong = new Anthropic({ baseURL: url, apiKey: 'wrong', maxRetries: 0 })
    await expect(wrong.beta.messages.create(params('gpt'))).rejects.toMatchObject({
      status: 401,
      error: { type: 'error', error: { type: 'authentication_error' } },
    })
    const client = new Anthropic({ baseURL: url, apiKey: 'sk-patchbay-secret-key-of-mine', maxRetries: 0 })
    const { max_tokens: _, ...asked } = params('gpt')
    const { input_tokens: withTool } = await client.beta.messages.countTokens(asked as never)
    const { input_tokens: alone } = await client.messages.countTokens({
      model: 'gpt',
      messages: asked.messages as never,
    })
    expect(alone).toBeGreaterThan(5)
    expect(withTool).toBeGreaterThan(alone)
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(400_000) } }
    const shown = await client.messages.countTokens({
      model: 'gpt',
      messages: [{ role: 'user', content: [image] }] as never,
    })
    expect(shown.input_tokens).toBeLessThan(2_000)
    await expect(client.messages.countTokens({ model: 'none', messages: [] })).rejects.toMatchObject({ status: 400 })
  })
})

describe('a server elsewhere, named in mcp_servers', () => {
  it('is sent the token of its entry, and its tools are called', async () => {
    const theirs = await httpStub((request, response) => answerOldEra(request, response, ['find']))
    const openai = await startFakeProvider(calls([{ name: 'find', args: {} }]), says('Found.'))
    onTestFinished(async () => void (await Promise.all([theirs.close(), openai.close()])))
    const { url } = await servePatchbay(
      { up: { command: 'nothing', disabled: true } },
      {
        models: { gpt: { provider: 'openai', apiKey: 'sk-openai', baseUrl: openai.url } },
        egress: { callerServers: { allow: [`${new URL(theirs.url).origin}/*`], allowHosts: ['127.0.0.0/8'] } },
        keys: { me: { key: 'pb_11111abcde22222fghij' } },
      },
    )
    const client = new Anthropic({ baseURL: url, apiKey: 'pb_11111abcde22222fghij', maxRetries: 0 })
    const { content } = await client.beta.messages.create({
      ...params('gpt'),
      mcp_servers: [{ type: 'url', name: 'wiki', url: theirs.url, authorization_token: 'their-token' }],
      tools: [{ type: 'mcp_toolset', mcp_server_name: 'wiki' }],
    })
    expect(content).toMatchObject([
      { type: 'mcp_tool_use', name: 'find', server_name: 'wiki' },
      { type: 'mcp_tool_result', content: [{ text: 'ok' }] },
      { type: 'text', text: 'Found.' },
    ])
    expect(new Set(theirs.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer their-token']),
    )
    expect(JSON.stringify(openai.received)).not.toContain('their-token')
  })
})
