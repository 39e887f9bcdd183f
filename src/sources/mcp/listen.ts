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
  /** The following has begun, after a time without: what changed in it was told to nobody. `again`: not the first time. */
  onGap: (again: boolean) => void
  /** The upstream tells of these resources now; undefined when a larger set was refused. */
  onStand: (uris: readonly string[] | undefined) => void
  log: (message: string) => void
  /** Between attempts, and before a change of the set is asked for. */
  retryMs?: number
  batchMs?: number
}>

/** One `subscriptions/listen`; `key` is the text of what it asks for. */
type Request = Readonly<{ notifications: JsonObject; key: string; stop: AbortController }>

/**
 * Follows what a modern upstream tells of changes, by one `subscriptions/listen` for all that it declares
 * (MCP 2026-07-28, basic/patterns/subscriptions), until the session ends.
 *
 * When the set of followed resources changes it is asked anew, and the former request is given up only once the new one
 * stands, so that nothing is missed between the two. One that ends is asked again. A set that is refused is not, until
 * another is wanted; what was followed before stays.
 *
 * @returns to be called when the set has changed
 */
export function listen(session: Session, options: ListenOptions): () => void {
  const { uris, onNotification, onGap, onStand, log, retryMs = 5_000, batchMs = 20 } = options
  let standing: Request | undefined
  let opening: Request | undefined
  /** The last that was acknowledged, also when it has ended since. */
  let accepted: Request | undefined
  let refused: string | undefined
  let _batch: NodeJS.Timeout | undefined

  const start = (): void => {
    _batch = undefined
    const notifications = filterFor(session.capabilities, uris())
    const key = JSON.stringify(notifications)
    if (session.ended.aborted || (opening ?? standing)?.key === key) return
    if (key === refused) {
      if (standing === undefined && opening === undefined && accepted !== undefined) ask(accepted)
      return
    }
    refused = undefined
    opening?.stop.abort()
    opening = undefined
    if (notifications === undefined) {
      standing?.stop.abort()
      standing = accepted = undefined
    } else if (standing?.key !== key) ask({ notifications, key })
  }
  const ask = ({ notifications, key }: Pick<Request, 'notifications' | 'key'>): void => {
    const mine = { notifications, key, stop: new AbortController() }
    opening = mine
    const request = session.request(
      'subscriptions/listen',
      { notifications },
      {
        signal: AbortSignal.any([session.ended, mine.stop.signal]),
        timeoutMs: Number.POSITIVE_INFINITY,
        onNotification(method, params) {
          if (method === 'notifications/cancelled') return mine.stop.abort()
          if (method !== 'notifications/subscriptions/acknowledged') return onNotification(method, params)
          if (opening === mine) stand(mine)
        },
      },
    )
    void request.then(
      () => end(mine, false),
      (error: unknown) => {
        if ((mine === opening || mine === standing) && !session.ended.aborted) log(messageOf(error))
        // An error of its own says that it will not; anything else says that it could not.
        end(mine, error instanceof GatewayError && error.code === 'SOURCE_ERROR')
      },
    )
  }
  const stand = (mine: Request): void => {
    const before = standing
    const again = accepted !== undefined
    standing = accepted = mine
    opening = undefined
    if (before === undefined) onGap(again)
    before?.stop.abort()
    const { resourceSubscriptions } = mine.notifications
    onStand(Array.isArray(resourceSubscriptions) ? resourceSubscriptions : [])
  }
  const end = (mine: Request, isRefusal: boolean): void => {
    if (mine === opening) opening = undefined
    else if (mine === standing) standing = undefined
    else return
    if (isRefusal) {
      refused = mine.key
      onStand(undefined)
    }
    if (isRefusal && accepted?.key === mine.key) accepted = undefined
    // Where a refused set was to follow one that has ended meanwhile, that one is asked for again.
    if (isRefusal && (standing !== undefined || accepted === undefined)) return
    void wait(retryMs, undefined, { signal: session.ended, ref: false }).then(start, () => {})
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
