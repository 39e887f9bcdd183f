import type { McpLogLevel } from '../../src/core/client-link.ts'
import type { Item, ItemKind } from '../../src/core/items.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { CallContext, ServerFeatures } from '../../src/core/tool-source.ts'

/** The features of a server in memory, whose lists and answers the test decides. */
export type FakeFeatures = ServerFeatures & {
  items: Partial<Record<ItemKind, readonly Item[] | Error>>
  onRequest: (method: string, params: JsonObject, context: CallContext) => Promise<JsonObject>
  readonly requests: { method: string; params: JsonObject }[]
  /** The URIs that are followed now. */
  readonly followed: Map<string, Set<(params: JsonObject) => void>>
  level: McpLogLevel | undefined
  /** Tells of a message that belongs to no call. */
  log: (params: JsonObject) => void
}

/** Makes features that list these items; every request is answered with what it asked. */
export function fakeFeatures(items: FakeFeatures['items'] = {}): FakeFeatures {
  const listeners = new Set<(params: JsonObject) => void>()
  const requests: FakeFeatures['requests'] = []
  const followed: FakeFeatures['followed'] = new Map()
  return {
    items,
    requests,
    followed,
    level: undefined,
    onRequest: async (method, params) => ({ method, params }),
    capabilities: () => ({}),
    async list(kind) {
      const given = this.items[kind] ?? []
      if (given instanceof Error) throw given
      return given
    },
    hints: () => ({}),
    staleAfterMs: () => undefined,
    request(method, params, context) {
      requests.push({ method, params })
      return this.onRequest(method, params, context)
    },
    subscribe(uri, onUpdate) {
      const listening = followed.get(uri) ?? new Set()
      followed.set(uri, listening.add(onUpdate))
      return () => {
        listening.delete(onUpdate)
        if (listening.size === 0) followed.delete(uri)
      }
    },
    subscribed: async () => {},
    followTask: () => () => {},
    openTasks: () => 0,
    setLogLevel(level) {
      this.level = level
    },
    onLog(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    log(params) {
      for (const listener of listeners) listener(params)
    },
  }
}
