import type { ClientLink } from '../../src/core/client-link.ts'
import type { JsonObject } from '../../src/core/json.ts'

/** A client behind a call: what it was asked and told, in order. */
export type FakeClient = ClientLink &
  Readonly<{
    asked: { method: string; params: JsonObject; signal: AbortSignal }[]
    logs: JsonObject[]
    notes: { method: string; params: JsonObject }[]
  }>

const allCapabilities: JsonObject = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} }

/** Makes a client that can do everything and accepts whatever it is asked; `more` changes that. */
export function fakeClient(id = 'one', more: Partial<ClientLink> = {}): FakeClient {
  const asked: FakeClient['asked'] = []
  const logs: JsonObject[] = []
  const notes: FakeClient['notes'] = []
  return {
    id,
    capabilities: allCapabilities,
    log: params => void logs.push(params),
    notify: (method, params) => void notes.push({ method, params }),
    ...more,
    ask(method, params, options) {
      asked.push({ method, params, signal: options.signal })
      return more.ask?.(method, params, options) ?? Promise.resolve({ action: 'accept', by: id })
    },
    asked,
    logs,
    notes,
  }
}

/** An `ask` that never answers; it ends when it is cancelled. */
export const silent: ClientLink['ask'] = (_method, _params, { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up')), { once: true }))
