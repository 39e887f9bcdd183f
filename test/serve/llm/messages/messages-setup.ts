import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Anthropic from '@anthropic-ai/sdk'
import { onTestFinished } from 'vitest'
import { localCaller } from '../../../../src/core/caller.ts'
import type { Limits } from '../../../../src/core/limits.ts'
import { defaultLimits } from '../../../../src/core/limits.ts'
import type { ModelConfig, Provider } from '../../../../src/core/model.ts'
import { textResult } from '../../../../src/core/tool.ts'
import { routeTurns } from '../../../../src/llm/route-turns.ts'
import { createProvider } from '../../../../src/providers/create-provider.ts'
import { createMessagesDoor } from '../../../../src/serve/llm/messages/messages.ts'
import type { MessagesReply } from '../../../fakes/anthropic-provider.ts'
import { startFakeAnthropic } from '../../../fakes/anthropic-provider.ts'
import type { BedrockReply } from '../../../fakes/bedrock.ts'
import { startFakeBedrock } from '../../../fakes/bedrock.ts'
import type { GeminiReply } from '../../../fakes/gemini-provider.ts'
import { startFakeGemini } from '../../../fakes/gemini-provider.ts'
import type { Reply } from '../../../fakes/openai-provider.ts'
import { startFakeProvider } from '../../../fakes/openai-provider.ts'
import type { Answer } from '../chat/chat-setup.ts'
import { fakeGateway } from '../chat/chat-setup.ts'

/** What each provider answers, in this order; the last reply stays. */
export type Scripts = Readonly<{
  openai?: readonly Reply[]
  anthropic?: readonly MessagesReply[]
  gemini?: readonly GeminiReply[]
  bedrock?: readonly BedrockReply[]
}>

/** A messages door on a real socket, over four fake providers and a fake gateway, until the test ends. */
export type MessagesServer = Readonly<{
  /** Models: `claude`, `fast` (OpenAI), `flash` (Gemini), `converse` (Bedrock). */
  client: Anthropic
  url: string
  /** The bodies that reached a provider. */
  sent: Readonly<Record<'openai' | 'anthropic' | 'gemini' | 'bedrock', () => readonly Body[]>>
  /** The headers of the last request to Anthropic. */
  headers: () => Record<string, unknown>
  aborted: () => number
  /** Public names and arguments of the calls that reached the gateway. */
  called: readonly (readonly [name: string, args: unknown])[]
  logged: readonly string[]
}>

/** A body, as far as a test looks at it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of three vendors
export type Body = any

const apiKey = 'sk-upstream-secret'

/** Starts everything; `answer` scripts the tools. */
export async function startMessages(
  scripts: Scripts,
  options: { answer?: Answer; limits?: Partial<Limits> } = {},
): Promise<MessagesServer> {
  const openai = await startFakeProvider(...(scripts.openai ?? []))
  const anthropic = await startFakeAnthropic(...(scripts.anthropic ?? []))
  const gemini = await startFakeGemini(...(scripts.gemini ?? []))
  const bedrock = await startFakeBedrock({ region: 'eu-central-1', apiKey }, ...(scripts.bedrock ?? []))
  const model = (name: string, provider: ModelConfig['provider'], id: string, baseUrl: string): ModelConfig => ({
    name,
    provider,
    model: id,
    baseUrl,
    apiKey,
    headers: {},
  })
  const models = [
    model('claude', 'anthropic', 'claude-sonnet-4-5', anthropic.url),
    model('fast', 'openai', 'fake-1', openai.url),
    model('flash', 'gemini', 'gemini-3-pro-preview', gemini.url),
    { ...model('converse', 'bedrock', 'anthropic.claude-sonnet-4-5', bedrock.url), aws: { region: 'eu-central-1' } },
  ]
  const providers = new Map(models.map(each => [each.name, createProvider(each)]))
  const called: [string, unknown][] = []
  const logged: string[] = []
  const limits = { ...defaultLimits, modelRetries: 0, ...options.limits }
  const door = createMessagesDoor({
    gateway: fakeGateway(called, options.answer ?? (name => textResult(`${name} ok`))),
    route: routeTurns({
      models: () => models,
      providerOf: ({ name }) => providers.get(name) as Provider,
      limits,
      log: (_, message) => logged.push(message),
    }),
    log: (_, message) => logged.push(message),
  })
  const server = createServer((request, response) => {
    const gone = new AbortController()
    response.once('close', () => response.writableFinished || gone.abort())
    void door({
      request,
      response,
      path: request.url ?? '/',
      query: new URLSearchParams(),
      caller: localCaller,
      gone: gone.signal,
      abort: () => gone.abort(),
      note: () => {},
      limits,
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await Promise.all([openai, anthropic, gemini, bedrock, ...providers.values()].map(each => each.close()))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    called,
    logged,
    sent: {
      openai: () => openai.received.map(({ body }) => body),
      anthropic: () => anthropic.received.map(({ body }) => body),
      gemini: () => gemini.received.map(({ body }) => body),
      bedrock: () => bedrock.received.map(({ body }) => body),
    },
    headers: () => anthropic.received.at(-1)?.headers ?? {},
    aborted: openai.aborted,
    client: new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 }),
  }
}

/** One event of a stream. */
export type StreamEvent = Record<string, Body> & { type: string }

/** Asks for a stream and reads its events as they are written, names included. */
export async function readStream(
  { url }: Pick<MessagesServer, 'url'>,
  body: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; events: readonly StreamEvent[] }> {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...body, stream: true }),
  })
  const text = await response.text()
  const events = text
    .split('\n\n')
    .filter(event => event.startsWith('event: '))
    .map(event => {
      const [, name, data = ''] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? []
      const parsed = JSON.parse(data) as StreamEvent
      if (parsed.type !== name) throw new Error(`an event "${name}" has the type "${parsed.type}"`)
      return parsed
    })
  return { status: response.status, text, events }
}

/**
 * What is wrong with the order of a stream, by the rules of Anthropic's documentation; empty for a good one. Knows nothing of
 * the code that writes streams.
 */
export function orderFaults(events: readonly StreamEvent[]): string[] {
  const faults: string[] = []
  let open: number | undefined
  let next = 0
  const seen = events.filter(({ type }) => type !== 'ping')
  if (seen[0]?.type !== 'message_start') faults.push('does not begin with message_start')
  if (seen.at(-1)?.type !== 'message_stop') faults.push('does not end with message_stop')
  if (seen.at(-2)?.type !== 'message_delta') faults.push('has no message_delta before message_stop')
  for (const type of ['message_start', 'message_delta', 'message_stop']) {
    if (seen.filter(event => event.type === type).length !== 1) faults.push(`has not one ${type}`)
  }
  for (const event of seen) {
    if (event.type === 'content_block_start') {
      if (open !== undefined) faults.push(`block ${event.index} begins inside block ${open}`)
      if (event.index !== next) faults.push(`block ${event.index} comes in place of ${next}`)
      open = event.index
      next += 1
    } else if (event.type === 'content_block_delta') {
      if (event.index !== open) faults.push(`a delta of block ${event.index} while ${open} is open`)
    } else if (event.type === 'content_block_stop') {
      if (event.index !== open) faults.push(`a stop of block ${event.index} while ${open} is open`)
      open = undefined
    } else if (event.type === 'message_delta' && open !== undefined) faults.push('message_delta inside a block')
  }
  return faults
}

/** The servers of a request: the fake source `math`, named `s`. */
export const mcp: { mcp_servers: { type: string; name: string; url: string }[] } = {
  mcp_servers: [{ type: 'url', name: 's', url: 'patchbay/mcp/math' }],
}

/** A small request to `fast`. */
export const ask = (fields: object = {}): Body => ({
  model: 'fast',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'hi' }],
  ...fields,
})
