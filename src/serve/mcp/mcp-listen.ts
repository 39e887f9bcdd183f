import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { RpcRequest } from '../../core/protocol.ts'
import { metaKey, rpcCode } from '../../core/protocol.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import { RpcFailure } from '../errors.ts'
import { modernClientId } from './input-state.ts'
import type { Changes } from './mcp-changes.ts'
import type { McpMethods } from './mcp-methods.ts'
import type { McpReply } from './mcp-reply.ts'
import { changedKindNames } from './view-changes.ts'

/** What listening needs. `changes` of the same gateway. */
export type ListenParts = Readonly<{
  gateway: Gateway
  changes: Changes
  limits: Limits
  methods: Pick<McpMethods, 'followTasks'>
}>

/** An open `subscriptions/listen`: `result` is what ends it; `isIdle` where there is nothing to wait for. */
export type Listening = Readonly<{ stop: () => void; result: string; isIdle: boolean }>

/**
 * Serves `subscriptions/listen` (2026-07-28, basic/patterns/subscriptions): acknowledges first, with what is followed of
 * what was asked for, then tells of changes. Every message carries the id of the request. A resource that the caller
 * does not see is left out of the acknowledgement, and so is a task that is not the caller's.
 *
 * @throws RpcFailure -32602, -32021 for tasks without their extension; GatewayError `LIMIT_REACHED` past `limits.maxSubscriptions`
 */
export async function listen(
  { gateway, changes, limits, methods }: ListenParts,
  scope: Scope,
  request: RpcRequest,
  reply: Pick<McpReply, 'notify'>,
): Promise<Listening> {
  const { id, params } = request
  const wanted = params?.notifications
  if (!isObject(wanted)) throw new RpcFailure(rpcCode.invalidParams, 'subscriptions/listen needs "notifications".')
  const uris = urisOf(wanted.resourceSubscriptions, limits)
  const tasks = methods.followTasks({ request, scope }, tasksOf(wanted.taskIds, limits))
  const kinds = changedKindNames.filter(kind => wanted[`${kind}ListChanged`] === true)
  const own = { [metaKey.subscriptionId]: id }
  const withId = (given: JsonObject): JsonObject => ({
    ...given,
    _meta: { ...(isObject(given._meta) ? given._meta : {}), ...own },
  })

  // What changes before the acknowledgement is told after it.
  let early: (() => void)[] | undefined = []
  const tell = (method: string, given: JsonObject): void => {
    const send = (): void => reply.notify(method, withId(given))
    if (early === undefined) send()
    else early.push(send)
  }
  const stops: (() => void)[] = []
  if (kinds.length > 0)
    stops.push(
      changes.follow(scope, kind => {
        if (kinds.includes(kind)) tell(`notifications/${kind}/list_changed`, {})
      }),
    )
  const client = modernClientId({ request, scope })
  const followed: string[] = []
  await Promise.all(
    uris.map(async uri => {
      const stop = await gateway
        .subscribe(scope, uri, update => tell('notifications/resources/updated', update), client)
        .catch(() => undefined)
      if (stop === undefined) return
      stops.push(stop)
      followed.push(uri)
    }),
  )
  const honored = {
    ...Object.fromEntries(kinds.map(kind => [`${kind}ListChanged`, true])),
    ...(tasks.ids.length > 0 && { taskIds: tasks.ids }),
    ...(followed.length > 0 && { resourceSubscriptions: uris.filter(uri => followed.includes(uri)) }),
  }
  reply.notify('notifications/subscriptions/acknowledged', withId({ notifications: honored }))
  for (const send of early) send()
  early = undefined
  if (tasks.ids.length > 0) stops.push(tasks.begin(task => tell('notifications/tasks', task)))
  return {
    stop: () => {
      for (const stop of stops) stop()
    },
    result: JSON.stringify({ resultType: 'complete', _meta: own }),
    isIdle: stops.length === 0,
  }
}

function tasksOf(given: unknown, { maxSubscriptions }: Limits): readonly string[] {
  if (given === undefined) return []
  if (!Array.isArray(given) || !given.every(id => typeof id === 'string'))
    throw new RpcFailure(rpcCode.invalidParams, 'taskIds must be a list of ids of tasks.')
  const ids = [...new Set<string>(given)]
  if (ids.length <= maxSubscriptions) return ids
  const message = `One stream may follow ${maxSubscriptions} tasks (limits.maxSubscriptions).`
  throw new GatewayError('LIMIT_REACHED', message)
}

function urisOf(given: unknown, limits: Limits): readonly string[] {
  if (given === undefined) return []
  if (!Array.isArray(given) || !given.every(uri => typeof uri === 'string'))
    throw new RpcFailure(rpcCode.invalidParams, 'resourceSubscriptions must be a list of URIs.')
  const uris = [...new Set<string>(given)]
  if (uris.length <= limits.maxSubscriptions) return uris
  throw new GatewayError(
    'LIMIT_REACHED',
    `One stream may follow ${limits.maxSubscriptions} resources (limits.maxSubscriptions).`,
  )
}
