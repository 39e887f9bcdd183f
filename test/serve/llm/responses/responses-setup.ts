import type OpenAI from 'openai'
import { expect } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import type { PassingStore } from '../../../../src/core/passing-store.ts'
import { keepResponses } from '../../../../src/serve/llm/responses/kept-responses.ts'
import { createKeptDoors } from '../../../../src/serve/llm/responses/read-responses.ts'
import { createResponsesDoor } from '../../../../src/serve/llm/responses/responses.ts'
import { createSealer } from '../../../../src/serve/seal.ts'
import { passingMemory } from '../../../../src/store/passing-memory.ts'
import type { Reply } from '../../../fakes/openai-provider.ts'
import type { ChatServer, StartOptions } from '../chat/chat-setup.ts'
import { startChat } from '../chat/chat-setup.ts'

export type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming
export type Item = OpenAI.Responses.ResponseOutputItem
export type Input = OpenAI.Responses.ResponseInputItem
export type Event = OpenAI.Responses.ResponseStreamEvent

/** What differs from the usual doors. `stateKeys` outlive the sealer of this process. */
type Options = StartOptions & { store?: PassingStore; stateKeys?: readonly string[] }

/** The doors of responses on a real socket, over a fake provider and a fake gateway, until the test ends. */
export async function startResponses(replies: readonly Reply[], options: Options = {}): Promise<ChatServer> {
  const { store = passingMemory(), stateKeys = [], ...others } = options
  return startChat(replies, {
    ...others,
    callerOf: request => ({
      id: /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? 'none',
      access: {},
    }),
    face(parts) {
      const kept = keepResponses(store, { ...defaultLimits, ...others.limits })
      const create = createResponsesDoor({ ...parts, kept, sealer: createSealer(stateKeys) })
      const doors = createKeptDoors(kept, parts.log)
      return ({ method, url = '' }) => {
        if (method === 'POST') return create
        if (method === 'DELETE') return doors.remove
        return url.includes('/input_items') ? doors.inputItems : doors.get
      }
    },
  })
}

/** An entry of `tools` for the fake source `math`, whose calls need no approval. */
export const mcp = (fields: object = {}): OpenAI.Responses.Tool.Mcp => ({
  type: 'mcp',
  server_label: 'm',
  server_url: 'patchbay/mcp/math',
  require_approval: 'never',
  ...fields,
})

export const own = (name: string): OpenAI.Responses.FunctionTool => ({
  type: 'function',
  name,
  parameters: { type: 'object', properties: {} },
  strict: false,
})

export const ask = (tools: OpenAI.Responses.Tool[], fields: Partial<Params> = {}): Params => ({
  model: 'fast',
  input: 'what is 2 and 40?',
  tools,
  ...fields,
})

/** Every event of a streamed answer. */
export async function eventsOf({ client }: ChatServer, params: Params): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of await client.responses.create({ ...params, stream: true })) events.push(event)
  return events
}

/** Items of an answer as input: the client's own types know them apart. */
export const sendBack = (items: readonly Item[]): Input[] => items as Input[]

export const typesOf = (items: readonly { type: string }[]): string => items.map(({ type }) => type).join(' ')

/** The item of that type, which must be there. */
export function find<Type extends Item['type']>(items: readonly Item[], type: Type): Extract<Item, { type: Type }> {
  const found = items.find(item => item.type === type)
  expect(found, `no ${type}`).toBeDefined()
  return found as Extract<Item, { type: Type }>
}
