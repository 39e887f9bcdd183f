import { GatewayError } from '../../src/core/errors.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { CallToolResult } from '../../src/core/tool.ts'
import type { CallContext } from '../../src/core/tool-source.ts'
import { fakeFeatures } from './gateway-features.ts'
import type { FakeSource } from './sources.ts'
import { fakeSource } from './sources.ts'

/** A gateway's sources and features that use all that a client can do, for tests with clients that others wrote. */
export type RelayHouse = Readonly<{ source: FakeSource; features: ReturnType<typeof fakeFeatures> }>

const form = {
  mode: 'form',
  message: 'Which pet?',
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
}

/** One source, `house`, and what it has besides tools. `touch` changes every list and the resource `house://door`. */
export function relayHouse(): RelayHouse {
  const features = fakeFeatures({
    prompts: [{ name: 'house__greet', arguments: [{ name: 'to', required: true }] }],
    resources: [{ uri: 'house://door', name: 'door' }],
    resourceTemplates: [{ uriTemplate: 'house://room/{id}', name: 'room' }],
  })
  features.onRequest = async (method, params, context) => {
    if (method === 'completion/complete') return { completion: { values: ['Rex', 'Rover'], hasMore: false } }
    if (method === 'prompts/get') return greeting(params, context)
    if (params.uri !== 'house://door') throw new GatewayError('ITEM_NOT_FOUND', 'There is no such door.')
    return { contents: [{ uri: 'house://door', mimeType: 'text/plain', text: 'open' }] }
  }

  const source = fakeSource('house', [
    ...['elicit', 'sample', 'roots', 'both', 'relay', 'log', 'touch'],
    { name: 'list', outputSchema: { type: 'array', items: { type: 'number' } } },
  ])
  const acts: Record<string, (context: CallContext) => Promise<unknown>> = {
    elicit: context => ask(context, 'elicitation/create', form),
    sample: context => ask(context, 'sampling/createMessage', { messages: [], maxTokens: 9 }),
    roots: context => ask(context, 'roots/list', {}),
    both: context => Promise.all([ask(context, 'roots/list', {}), ask(context, 'elicitation/create', form)]),
    log: async ({ client }) => client?.log({ level: 'warning', data: 'careful' }),
    touch: async () => {
      features.items.prompts = [...features.items.prompts, { name: `house__p${features.items.prompts.length}` }]
      features.items.resources = [...features.items.resources, { uri: 'house://window', name: 'window' }]
      features.change()
      features.update('house://door')
    },
  }
  source.onCall = async (key, _args, context) => {
    if (key === 'list') return { content: [{ type: 'text', text: '[1,2]' }], structuredContent: [1, 2] }
    if (key === 'relay') return exchange(context)
    return said(await acts[key]?.(context))
  }
  return { source, features }
}

/** What a modern upstream does, seen through its source: it asks by a result where that is taken. */
async function exchange(context: CallContext): Promise<CallToolResult> {
  const { input } = context
  if (input === undefined) return said(await ask(context, 'elicitation/create', form))
  if (input.state === 'asked') return said(input.responses?.it)
  const inputRequests = { it: { method: 'elicitation/create', params: form } }
  return { resultType: 'input_required', inputRequests, requestState: 'asked' } as unknown as CallToolResult
}

async function greeting(params: JsonObject, context: CallContext): Promise<JsonObject> {
  const asked = context.input?.responses ?? (await roots(context))
  const content = { type: 'text', text: JSON.stringify([params.arguments, asked]) }
  return { messages: [{ role: 'user', content }] }
}

function roots(context: CallContext): Promise<unknown> {
  return ask(context, 'roots/list', {})
}

function ask({ client, signal }: CallContext, method: string, params: JsonObject): Promise<unknown> {
  return client?.ask(method, params, { signal }) ?? Promise.reject(new Error('There is no client.'))
}

function said(value: unknown): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value ?? null) }] }
}
