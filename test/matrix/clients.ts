import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { StdioServerParameters } from '@modelcontextprotocol/client/stdio'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport as OldSseTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StdioClientTransport as OldStdioTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as OldHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ErrorCode, McpError, ResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { Json } from '../fakes/full/surface.ts'

/** Where a server is: a URL, one for HTTP+SSE, or the arguments of `node` for one that speaks over stdio. */
export type Place = Readonly<{ url: string } | { sse: string } | { args: readonly string[] }>

/** What a client is asked, and what it answers. */
export type Answers = (method: string, params: Json) => Json

/** A client of either SDK, with nothing of what the SDKs would do to a result. */
export type ProofClient = Readonly<{
  era: 'legacy' | 'modern'
  request(
    method: string,
    params?: Json,
    options?: { onprogress?: (step: Json) => void; signal?: AbortSignal },
  ): Promise<Json>
  /** What it was asked so far, and what it was told: both in order. */
  asked: Json[]
  told: { method: string; params: Json }[]
  /** Follows changes: a stream of the modern era; an old client is told anyway, and subscribes to each resource. */
  follow(uris?: readonly string[]): Promise<() => Promise<void>>
  close(): Promise<void>
}>

/** The clients of the matrix by name. `capabilities` are what it says it can do. */
export const clients: Readonly<
  Record<string, (place: Place, answers: Answers, capabilities: Json) => Promise<ProofClient>>
> = {
  'SDK 1': connectOld,
  'SDK 2 legacy': (...given) => connectNew('legacy', ...given),
  'SDK 2 auto': (...given) => connectNew('auto', ...given),
  'SDK 2 modern': (...given) => connectNew({ pin: '2026-07-28' }, ...given),
}

async function connectOld(place: Place, answers: Answers, capabilities: Json): Promise<ProofClient> {
  const client = new OldClient({ name: 'old', version: '1' }, { capabilities })
  const { asked, told } = listenTo(client, answers, capabilities)
  const transport =
    'url' in place
      ? new OldHttpTransport(new URL(place.url))
      : 'sse' in place
        ? new OldSseTransport(new URL(place.sse))
        : new OldStdioTransport(childOf(place.args))
  // The SDK declares its own class without `exactOptionalPropertyTypes`.
  await client.connect(transport as Parameters<OldClient['connect']>[0])
  const request: ProofClient['request'] = async (method, params, options = {}) =>
    (await client.request({ method, ...(params && { params }) } as never, ResultSchema, {
      ...options,
      ...patience,
    })) as Json
  return { era: 'legacy', request, asked, told, follow: followOld(request), close: () => client.close() }
}

async function connectNew(
  mode: 'legacy' | 'auto' | { pin: string },
  place: Place,
  answers: Answers,
  capabilities: Json,
): Promise<ProofClient> {
  const client = new Client(
    { name: 'new', version: '2' },
    { capabilities, versionNegotiation: { mode, probe: { timeoutMs: 10_000 } } },
  )
  const { asked, told } = listenTo(client, answers, capabilities)
  await client.connect(
    'url' in place
      ? new StreamableHTTPClientTransport(new URL(place.url))
      : 'sse' in place
        ? new SSEClientTransport(new URL(place.sse))
        : new StdioClientTransport(childOf(place.args)),
  )
  const era = client.getProtocolEra() === 'modern' ? 'modern' : 'legacy'
  const request: ProofClient['request'] = async (method, params, options = {}) =>
    (await client.request({ method, ...(params && { params }) }, z.looseObject({}), {
      ...options,
      ...patience,
    })) as Json
  const followNew: ProofClient['follow'] = async (uris = []) => {
    const subscription = await client.listen({
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      ...(uris.length > 0 && { resourceSubscriptions: [...uris] }),
    })
    return () => subscription.close()
  }
  const follow = era === 'modern' ? followNew : followOld(request)
  return { era, request, asked, told, follow, close: () => client.close() }
}

/** Nothing here takes longer; what does is lost. */
const patience = { timeout: 5_000 }

function followOld(request: ProofClient['request']): ProofClient['follow'] {
  return async (uris = []) => {
    for (const uri of uris) await request('resources/subscribe', { uri })
    return async () => {
      for (const uri of uris) await request('resources/unsubscribe', { uri })
    }
  }
}

/** What both SDKs call the same. SDK 2.x takes the answers to modern requests only from handlers of the methods. */
function listenTo(
  client: OldClient | Client,
  answers: Answers,
  capabilities: Json,
): Pick<ProofClient, 'asked' | 'told'> {
  const asked: Json[] = []
  const told: ProofClient['told'] = []
  const able = askable.filter(method => capabilities[method.split('/')[0] ?? ''] !== undefined)
  const answer = (method: string, given: Json = {}): Json => {
    const { _meta, ...params } = given
    asked.push({ method, params })
    return answers(method, params)
  }
  client.fallbackNotificationHandler = async ({ method, params = {} }) => void told.push({ method, params })
  if (client instanceof OldClient) {
    client.fallbackRequestHandler = async ({ method, params }) => {
      if (!able.some(each => each === method)) throw new McpError(ErrorCode.MethodNotFound, 'Method not found')
      return answer(method, params as Json) as never
    }
  } else {
    for (const method of able) client.setRequestHandler(method, ({ params }) => answer(method, params as Json) as never)
  }
  return { asked, told }
}

const askable = ['elicitation/create', 'sampling/createMessage', 'roots/list'] as const

/** The state folder of the tests reaches the children, which the SDKs start with little else. */
function childOf(args: readonly string[]): StdioServerParameters {
  const env = { PATH: process.env.PATH ?? '', XDG_STATE_HOME: process.env.XDG_STATE_HOME ?? '' }
  return { command: process.execPath, args: [...args], stderr: 'ignore', env }
}
