import { setTimeout as wait } from 'node:timers/promises'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Session } from './session.ts'

/** What following a modern upstream needs. */
export type ListenOptions = Readonly<{
  /** The resources that are followed now. */
  uris: () => readonly string[]
  /** Given what the upstream tells. */
  onNotification: (method: string, params: JsonObject) => void
  /** The following has begun, after a time without: what changed in it was told to nobody. */
  onGap: () => void
  log: (message: string) => void
  /** Between attempts, and before a change of the set is asked for. */
  retryMs?: number
  batchMs?: number
}>

/**
 * Follows what a modern upstream tells of changes, by one `subscriptions/listen` for all that it declares
 * (MCP 2026-07-28, basic/patterns/subscriptions), until the session ends.
 *
 * When the set of followed resources changes it is asked anew, and the former request is given up only once the new one
 * stands, so that nothing is missed between the two. One that ends is asked again; one that is refused is not.
 *
 * @returns to be called when the set has changed
 */
export function listen(session: Session, options: ListenOptions): () => void {
  const { uris, onNotification, onGap, log, retryMs = 5_000, batchMs = 20 } = options
  let current: { key: string; stop: AbortController } | undefined
  let _batch: NodeJS.Timeout | undefined

  const start = (): void => {
    _batch = undefined
    const notifications = filterFor(session.capabilities, uris())
    const key = JSON.stringify(notifications)
    if (session.ended.aborted || current?.key === key) return
    const before = current
    if (notifications === undefined) {
      current = undefined
      return before?.stop.abort()
    }
    const mine = { key, stop: new AbortController() }
    current = mine
    const request = session.request(
      'subscriptions/listen',
      { notifications },
      {
        signal: AbortSignal.any([session.ended, mine.stop.signal]),
        timeoutMs: Number.POSITIVE_INFINITY,
        onNotification(method, params) {
          if (method === 'notifications/cancelled') return mine.stop.abort()
          if (method !== 'notifications/subscriptions/acknowledged') return onNotification(method, params)
          if (before === undefined) onGap()
          before?.stop.abort()
        },
      },
    )
    void request.then(
      () => end(mine, before, true),
      (error: unknown) => {
        if (current === mine && !session.ended.aborted) log(messageOf(error))
        // An error of its own says that it will not; anything else says that it could not.
        end(mine, before, !(error instanceof GatewayError && error.code === 'SOURCE_ERROR'))
      },
    )
  }
  const end = (mine: typeof current, before: typeof current, again: boolean): void => {
    before?.stop.abort()
    if (current !== mine) return
    if (again) current = undefined
    if (again) void wait(retryMs, undefined, { signal: session.ended, ref: false }).then(start, () => {})
  }

  start()
  return () => {
    _batch ??= setTimeout(start, batchMs).unref()
  }
}

/** All that can be followed here; undefined for nothing. */
function filterFor(capabilities: JsonObject, uris: readonly string[]): JsonObject | undefined {
  const declares = (feature: string, part: string): boolean => {
    const declared = capabilities[feature]
    return isObject(declared) && declared[part] === true
  }
  const filter = {
    ...(declares('tools', 'listChanged') && { toolsListChanged: true }),
    ...(declares('prompts', 'listChanged') && { promptsListChanged: true }),
    ...(declares('resources', 'listChanged') && { resourcesListChanged: true }),
    ...(declares('resources', 'subscribe') && uris.length > 0 && { resourceSubscriptions: uris }),
  }
  return Object.keys(filter).length === 0 ? undefined : filter
}
