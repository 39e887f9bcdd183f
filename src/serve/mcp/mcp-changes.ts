import type { View } from '../../core/catalog.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import type { ChangedKind } from './view-changes.ts'
import { changedKinds } from './view-changes.ts'

/** Tells clients that their lists have changed: each one only of what it may see, and not more often than it can use. */
export type Changes = Readonly<{
  /**
   * Calls `notify` for each kind of list in which the view of this scope has changed since the last call.
   *
   * @returns the way to stop
   */
  follow(scope: Scope, notify: (kind: ChangedKind) => void): () => void
  close(): void
}>

/** Catalogs that follow each other faster than this are told of once. */
const quietMs = 200

/** Follows the gateway's catalog for every open stream. */
export function followChanges(gateway: Gateway): Changes {
  const followers = new Map<symbol, { scope: Scope; notify: (kind: ChangedKind) => void; seen: Promise<View> }>()
  let timer: NodeJS.Timeout | undefined

  const tell = async (): Promise<void> => {
    timer = undefined
    for (const [key, follower] of followers) {
      const [before, view] = [await follower.seen, await gateway.list(follower.scope)]
      follower.seen = Promise.resolve(view)
      for (const kind of changedKinds(before, view)) if (followers.has(key)) follower.notify(kind)
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
