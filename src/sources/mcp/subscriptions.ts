import { messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Session } from './session.ts'

/** Who follows which resource of one upstream. */
export type Subscriptions = Readonly<{
  /** Follows a resource. @returns the way to stop; safe to call twice */
  follow(uri: string, onUpdate: (params: JsonObject) => void): () => void
  /** Resolves once the upstream has been asked for what is followed under this URI, however that went. */
  settled(uri: string): Promise<void>
  /** A modern upstream tells of these URIs now; undefined where it refused. */
  stands(uris: readonly string[] | undefined): void
  /** The URIs that anyone follows, sorted. */
  uris(): readonly string[]
  /** Hands on the params of `notifications/resources/updated`, without the fields of the hop. */
  updated(params: JsonObject): void
  /** Tells all followers of a possible change. */
  missed(): void
  /** Asks an old upstream for all that is followed, until its session ends. */
  attach(session: Session): void
}>

/**
 * Counts the followers of each resource, so that the upstream is asked once for all of them, and again after it was
 * away; as an update may have been missed meanwhile, they are told of one then.
 *
 * @param onChange - called when a resource got its first follower or lost its last
 */
export function keepSubscriptions(
  options: Readonly<{ timeoutMs: number; log: (message: string) => void; onChange: () => void }>,
): Subscriptions {
  const { timeoutMs, log, onChange } = options
  const followers = new Map<string, Set<(params: JsonObject) => void>>()
  let old: { session: Session; held: Set<string>; busy: Set<string> } | undefined
  let sessions = 0
  let modern: Session | undefined
  /** The URIs that a modern upstream tells of. */
  let told: ReadonlySet<string> = new Set()
  const waiting = new Map<string, () => void>()
  const settledNow = (uri: string): void => {
    waiting.get(uri)?.()
    waiting.delete(uri)
  }

  /** Brings the upstream's side of one URI in line with ours; whatever changes meanwhile is seen to next. */
  const settle = async (uri: string): Promise<void> => {
    const upstream = old
    if (upstream === undefined || upstream.busy.has(uri)) return
    const { session, held, busy } = upstream
    busy.add(uri)
    try {
      while (!session.ended.aborted && followers.has(uri) !== held.has(uri)) {
        const wanted = followers.has(uri)
        const method = wanted ? 'resources/subscribe' : 'resources/unsubscribe'
        await session.request(method, { uri }, { signal: session.ended, timeoutMs })
        if (wanted) held.add(uri)
        else held.delete(uri)
      }
    } catch (error) {
      if (!session.ended.aborted) log(messageOf(error))
    } finally {
      busy.delete(uri)
      settledNow(uri)
    }
  }
  const changed = (uri: string): void => {
    onChange()
    void settle(uri)
  }

  const missed = (): void => {
    for (const [uri, listeners] of followers) for (const listener of [...listeners]) listener({ uri })
  }

  return {
    follow(uri, onUpdate) {
      // A function of its own for each: one listener may follow twice.
      const follower = (params: JsonObject): void => onUpdate(params)
      const before = followers.get(uri)
      if (before === undefined) followers.set(uri, new Set([follower]))
      else before.add(follower)
      if (before === undefined) changed(uri)
      return () => {
        const now = followers.get(uri)
        if (now?.delete(follower) !== true || now.size > 0) return
        followers.delete(uri)
        changed(uri)
      }
    },
    settled(uri) {
      const isOpen = old?.busy.has(uri) || (modern?.ended.aborted === false && !told.has(uri))
      if (!isOpen || !followers.has(uri)) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      const before = waiting.get(uri)
      waiting.set(uri, () => {
        before?.()
        resolve()
      })
      return promise
    },
    stands(uris) {
      if (uris !== undefined) told = new Set(uris)
      for (const uri of uris ?? [...waiting.keys()]) settledNow(uri)
    },
    uris: () => [...followers.keys()].sort(),
    updated(params) {
      const { uri } = params
      if (typeof uri !== 'string') return
      for (const [followed, listeners] of followers) {
        if (covers(followed, uri)) for (const listener of [...listeners]) listener(params)
      }
    },
    attach(session) {
      sessions += 1
      const { resources } = session.capabilities
      const subscribes = isObject(resources) && resources.subscribe === true
      for (const uri of [...waiting.keys()]) settledNow(uri)
      modern = subscribes && session.modern ? session : undefined
      told = new Set()
      old = subscribes && !session.modern ? { session, held: new Set(), busy: new Set() } : undefined
      for (const uri of followers.keys()) void settle(uri)
      if (sessions > 1) missed()
    },
    missed,
  }
}

/** An update may name a part of the resource that is followed (MCP 2025-11-25, schema, "ResourceUpdatedNotification"). */
function covers(followed: string, updated: string): boolean {
  return updated === followed || updated.startsWith(followed.endsWith('/') ? followed : `${followed}/`)
}
