import type { McpLogLevel } from '../../core/client-link.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { isAtLeast, isLogLevel } from '../../core/log-level.ts'
import { rpcCode } from '../../core/protocol.ts'
import { tasksExtension } from '../../core/tasks.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import { RpcFailure } from '../errors.ts'
import type { Asks } from './asks.ts'

/** What is remembered of a client older than 2026-07-28 that can be reached: in a session, or on a pipe. Small. */
export type OldClient = {
  /** Tells it apart from others; no secret, unlike the id of a session. */
  readonly clientId: string
  /** What its `initialize` declared, cut down by {@link keepCapabilities}. */
  capabilities: JsonObject
  /** What its `initialize` was answered with; undefined where another process did so that did not say it. */
  revision?: string | undefined
  /** What `logging/setLevel` said last. */
  logLevel?: McpLogLevel
  /** Made with the first thing that a server asks of it. */
  asks?: Asks
  /** Sends what belongs to no request; absent while nobody listens. */
  notify?: (method: string, params: JsonObject) => void
  /** The resources that it follows, and the way to stop. */
  follows?: Map<string, () => void>
  unfollowLogs?: () => void
  /** Called when it has left. */
  onLeave?: Set<() => void>
  ended?: boolean
}

/** Sets the level of log messages (2025-11-25, server/utilities/logging). @throws RpcFailure -32602 */
export function setLogLevel(gateway: Gateway, scope: Scope, client: OldClient, params: JsonObject): void {
  const { level } = params
  if (!isLogLevel(level)) throw invalid('logging/setLevel needs a "level" such as "info".')
  client.logLevel = level
  client.unfollowLogs?.()
  client.unfollowLogs = gateway.followLogs(scope, level, message => client.notify?.('notifications/message', message))
}

/**
 * Follows a resource for a client (2025-11-25, server/resources, "Subscriptions"). Following it twice is following once.
 *
 * @throws RpcFailure -32602; GatewayError `ITEM_NOT_FOUND`, `LIMIT_REACHED` past `limits.maxSubscriptions`
 */
export async function followResource(
  gateway: Gateway,
  limits: Limits,
  scope: Scope,
  client: OldClient,
  { uri }: JsonObject,
): Promise<void> {
  if (typeof uri !== 'string') throw invalid('resources/subscribe needs the uri of a resource.')
  client.follows ??= new Map()
  if (client.follows.has(uri)) return
  if (client.follows.size >= limits.maxSubscriptions)
    throw new GatewayError(
      'LIMIT_REACHED',
      `A client may follow ${limits.maxSubscriptions} resources (limits.maxSubscriptions).`,
    )
  // Its place is taken at once, so that a second request meanwhile does not follow it again. Where the place is another's
  // by the time it is followed, the client has unsubscribed, and perhaps subscribed anew.
  const held = (): void => {}
  client.follows.set(uri, held)
  try {
    const onUpdate = (params: JsonObject): void => client.notify?.('notifications/resources/updated', params)
    const stop = await gateway.subscribe(scope, uri, onUpdate, client.clientId)
    if (client.ended || client.follows.get(uri) !== held) return stop()
    client.follows.set(uri, stop)
  } catch (error) {
    if (client.follows.get(uri) === held) client.follows.delete(uri)
    throw error
  }
}

/** Stops following; of a resource that is not followed too, since the client has what it wants. @throws RpcFailure -32602 */
export function unfollowResource(client: OldClient, { uri }: JsonObject): void {
  if (typeof uri !== 'string') throw invalid('resources/unsubscribe needs the uri of a resource.')
  client.follows?.get(uri)?.()
  client.follows?.delete(uri)
}

/** Ends everything that goes on for a client: it has left. */
export function releaseClient(client: OldClient): void {
  client.ended = true
  client.unfollowLogs?.()
  for (const stop of client.follows?.values() ?? []) stop()
  client.follows?.clear()
  client.asks?.close()
  delete client.notify
  for (const listener of client.onLeave ?? []) listener()
  delete client.onLeave
}

/** Calls back when the client has left; at once when it has already. */
export function whenLeft(client: OldClient, listener: () => void): void {
  if (client.ended) return listener()
  client.onLeave ??= new Set()
  client.onLeave.add(listener)
}

/** Sends what belongs to no call; of log messages those of the level that the client has set, if it has. */
export function tellClient(client: OldClient, method: string, params: JsonObject): void {
  const { logLevel } = client
  const wanted = method !== 'notifications/message' || (logLevel !== undefined && isAtLeast(params.level, logLevel))
  if (wanted) client.notify?.(method, params)
}

/** What of a client's capabilities is kept for as long as its session: what servers may ask of it, and extensions. */
export function keepCapabilities(declared: unknown): JsonObject {
  if (!isObject(declared)) return none
  const { elicitation, sampling, roots } = declared
  const extensions = isObject(declared.extensions) ? withoutTasks(declared.extensions) : undefined
  const kept = Object.fromEntries(
    Object.entries({ elicitation, sampling, roots, extensions }).filter(([, value]) => isObject(value)),
  )
  const text = JSON.stringify(kept)
  if (text === '{}') return none
  if (text.length <= maxCapabilitiesLength) return shared(text)
  const bare = Object.keys(kept).filter(key => key !== 'extensions')
  return Object.fromEntries(bare.map(key => [key, {}]))
}

/** A task in place of a result is of the modern era: who has a session would not know what it is. */
function withoutTasks(extensions: JsonObject): JsonObject {
  const { [tasksExtension]: _, ...others } = extensions
  return others
}

const none: JsonObject = {}
const maxCapabilitiesLength = 1_024

/** Thousands of sessions of one application declare the same. */
function shared(text: string): JsonObject {
  const known = declarations.get(text)
  if (known !== undefined) return known
  if (declarations.size >= 100) declarations.delete(declarations.keys().next().value ?? '')
  const fresh: JsonObject = JSON.parse(text)
  declarations.set(text, fresh)
  return fresh
}

const declarations = new Map<string, JsonObject>()

function invalid(message: string): RpcFailure {
  return new RpcFailure(rpcCode.invalidParams, message, { status: 200 })
}
