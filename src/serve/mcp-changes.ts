import type { View } from '../core/catalog.ts'
import { isSameView } from '../core/catalog.ts'
import type { Gateway, Scope } from '../gateway/gateway.ts'

/** Tells clients that their list has changed: each one only of what it may see, and not more often than it can use. */
export type Changes = Readonly<{
  /** Calls `notify` when the view of this scope has changed since the last call. Returns the way to stop. */
  follow(scope: Scope, notify: () => void): () => void
  close(): void
}>

/** Catalogs that follow each other faster than this are told of once. */
const quietMs = 200

/** Follows the gateway's catalog for every open stream. */
export function followChanges(gateway: Gateway): Changes {
  const followers = new Map<symbol, { scope: Scope; notify: () => void; seen: Promise<View> }>()
  let timer: NodeJS.Timeout | undefined

  const tell = async (): Promise<void> => {
    timer = undefined
    for (const follower of followers.values()) {
      const [before, view] = [await follower.seen, await gateway.list(follower.scope)]
      if (!isSameView(view, before)) follower.notify()
      follower.seen = Promise.resolve(view)
    }
  }
  const stop = gateway.onChange(() => {
    timer ??= setTimeout(() => void tell(), quietMs).unref()
  })

  return {
    follow(scope, notify) {
      const key = Symbol('follower')
      followers.set(key, { scope, notify, seen: gateway.list(scope) })
      return () => void followers.delete(key)
    },
    close() {
      stop()
      clearTimeout(timer)
      followers.clear()
    },
  }
}
