import type { View } from '../../src/core/catalog.ts'
import type { McpLogLevel } from '../../src/core/client-link.ts'
import { GatewayError } from '../../src/core/errors.ts'
import type { Item, ItemKind } from '../../src/core/items.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { ListHints, ListKind } from '../../src/core/list-hints.ts'
import { isAtLeast } from '../../src/core/log-level.ts'
import type { CallContext, RelayedMethod } from '../../src/core/tool-source.ts'
import type { Gateway, Scope } from '../../src/gateway/gateway.ts'

/** What a gateway has besides tools, decided by the test. */
export type FakeFeatures = {
  items: Record<ItemKind, readonly Item[]>
  /** What servers say of their lists. */
  hints: Partial<Record<ListKind, ListHints>>
  /** What a relayed request does; by default it answers with what it was given. */
  onRequest: (method: RelayedMethod, params: JsonObject, context: CallContext) => Promise<JsonObject>
  readonly requests: { method: RelayedMethod; params: JsonObject; context: CallContext }[]
  /** The URIs that are followed now, once for each follower. */
  followed(): string[]
  /** Tells whoever follows this resource that it has changed. */
  update(uri: string): void
  /** The levels at which logs are followed now. */
  levels(): McpLogLevel[]
  /** Logs a message that belongs to no call. */
  say(level: McpLogLevel, data: string): void
  /** Tells that the lists may have changed. */
  change(): void
  /** Only where a test says so do callers see these items. */
  visibleTo: (scope: Scope) => boolean
}

/** Nothing at first. */
export function fakeFeatures(
  items: Partial<FakeFeatures['items']> = {},
): FakeFeatures & { on(gateway: Gateway): Gateway } {
  const followers = new Set<{ uri: string; onUpdate: (params: JsonObject) => void }>()
  const logs = new Set<{ level: McpLogLevel; listener: (params: JsonObject) => void }>()
  const listeners = new Set<() => void>()
  const views = new WeakMap<View, Map<string, View>>()
  return {
    hints: {},
    items: { prompts: [], resources: [], resourceTemplates: [], ...items },
    requests: [],
    onRequest: async (method, params) => ({ asked: method, params }),
    followed: () => [...followers].map(({ uri }) => uri),
    levels: () => [...logs].map(({ level }) => level),
    visibleTo: () => true,
    update(uri) {
      for (const follower of followers) if (follower.uri === uri) follower.onUpdate({ uri, 'x-kept': 1 })
    },
    say(level, data) {
      for (const each of logs) if (isAtLeast(level, each.level)) each.listener({ level, data })
    },
    change() {
      for (const listener of listeners) listener()
    },
    on(gateway) {
      return {
        ...gateway,
        hints: (_, kind) => this.hints[kind] ?? {},
        list: async scope => {
          const view = await gateway.list(scope)
          if (!this.visibleTo(scope)) return view
          const known = views.get(view) ?? new Map<string, View>()
          views.set(view, known)
          const key = JSON.stringify(this.items)
          const made = known.get(key) ?? { ...view, items: { ...this.items } }
          known.set(key, made)
          return made
        },
        request: async (_scope, method, params, context) => {
          this.requests.push({ method, params, context })
          return this.onRequest(method, params, context)
        },
        subscribe: async (scope, uri, onUpdate) => {
          if (!this.visibleTo(scope) || !this.items.resources.some(item => item.uri === uri))
            throw new GatewayError('ITEM_NOT_FOUND', `No resource has the URI "${uri}" here.`)
          const follower = { uri, onUpdate }
          followers.add(follower)
          return () => void followers.delete(follower)
        },
        followLogs: (_scope, level, listener) => {
          const follower = { level, listener }
          logs.add(follower)
          return () => void logs.delete(follower)
        },
        onChange: listener => {
          listeners.add(listener)
          const stop = gateway.onChange(listener)
          return () => {
            listeners.delete(listener)
            stop()
          }
        },
      }
    },
  }
}
