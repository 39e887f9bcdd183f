import type { Caller } from '../../core/caller.ts'
import { localCaller } from '../../core/caller.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { ListKind } from '../../core/list-hints.ts'
import { agreedRevision, modernRevision, rpcCode } from '../../core/protocol.ts'
import { isTaskMethod, tasksExtension, tasksRevision } from '../../core/tasks.ts'
import type { Tool } from '../../core/tool.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import { RpcFailure } from '../errors.ts'
import { createSealer } from '../seal.ts'
import type { FollowTasks } from './follow-tasks.ts'
import { followTasksOf } from './follow-tasks.ts'
import { toModernTool, toOldTool } from './mcp-eras.ts'
import { openInputs } from './mcp-inputs.ts'
import { pageOf } from './mcp-pages.ts'
import { createRelay } from './mcp-relay.ts'
import type { Piece } from './mcp-reply.ts'
import type { McpRequest } from './mcp-request.ts'
import { createStamp } from './mcp-stamp.ts'
import { sealTasks } from './mcp-tasks.ts'
import type { OldClient } from './old-client.ts'
import { followResource, setLogLevel, unfollowResource } from './old-client.ts'

/** How long a modern client may keep a list. Short, since only some clients listen for changes (SEP-2549). */
const listTtlMs = 10_000

/** Who we are: `{ name, version, title }` as `serverInfo`, and what we tell a model about ourselves. */
export type ServerIdentity = Readonly<{ info: JsonObject; instructions: string }>

/** The methods of MCP that Patchbay serves, the same over HTTP and stdio. */
export type McpMethods = Readonly<{
  /** @returns the result as JSON text @throws GatewayError or RpcFailure */
  answer(request: McpRequest): Promise<Piece>
  followTasks: FollowTasks
  /** Cancels the calls that wait for a modern client of whom this does not hold, now and from now on. */
  recheck(isSame: (caller: Caller) => boolean): void
  /** Cancels all of them, now and from now on: no client will come back. */
  close(): void
}>

/**
 * Serves the gateway's verbs as MCP methods.
 *
 * @param stateKeys - what seals cursors and states, see {@link createSealer}
 */
export function createMcpMethods(
  gateway: Gateway,
  identity: ServerIdentity,
  limits: Limits,
  stateKeys: readonly string[] = [],
): McpMethods {
  const sealer = createSealer(stateKeys)
  const stamp = createStamp(identity.info)
  const inputs = openInputs(gateway, sealer, stamp, limits)
  const tasks = sealTasks(gateway, sealer, limits)
  const relay = createRelay(gateway, inputs, stamp, tasks, cacheScopeOf)

  /** At the endpoint of one server its own; ours are about names that only stand at the others. */
  const instructionsOf = ({ endpoint }: Scope): string | undefined => {
    if (endpoint.kind !== 'source') return identity.instructions
    const said = gateway.health().find(({ id }) => id === endpoint.id)?.details?.instructions
    return typeof said === 'string' ? said : undefined
  }

  const initialize = ({ request, scope }: McpRequest): string => {
    const wanted = request.params?.protocolVersion
    if (typeof wanted !== 'string') throw new RpcFailure(rpcCode.invalidParams, 'initialize needs a protocolVersion.')
    const protocolVersion = agreedRevision(wanted)
    const serverInfo = identity.info
    return JSON.stringify({
      protocolVersion,
      capabilities: protocolVersion === tasksRevision ? withTasks : capabilities,
      serverInfo,
      instructions: instructionsOf(scope),
    })
  }

  const discover = ({ scope }: McpRequest): string =>
    JSON.stringify({
      ...stamp.fields,
      supportedVersions: [modernRevision],
      capabilities: modernCapabilities,
      instructions: instructionsOf(scope),
      ttlMs: listTtlMs,
      cacheScope: cacheScopeOf(scope),
    })

  /** As long as the servers behind it allow, and for those whom both they and we allow. */
  const cachingOf = (scope: Scope, kind: ListKind): Readonly<{ ttlMs: number; cacheScope: string }> => {
    const { ttlMs = listTtlMs, isPrivate } = gateway.hints(scope, kind)
    return { ttlMs: Math.min(ttlMs, listTtlMs), cacheScope: isPrivate ? 'private' : cacheScopeOf(scope) }
  }

  const list = async ({ request, scope, modern }: McpRequest, kind: ListKind): Promise<Buffer> => {
    const caching = modern ? cachingOf(scope, kind) : undefined
    return pageOf(await gateway.list(scope), {
      kind,
      cursor: request.params?.cursor,
      pageSize: limits.pageSize,
      extra: caching ? { ...stamp.fields, ...caching } : {},
      toTool: modern ? toModernTool : (toOldTool as (tool: Tool) => Tool),
      variant: caching ? `${caching.cacheScope} ${caching.ttlMs}` : 'legacy',
      sealer,
    })
  }

  /** What only a client of the old era can ask, and only where we know it again. */
  const manage = async ({ request, scope, client }: McpRequest): Promise<string> => {
    const { method, params = {} } = request
    const known = knownClient(client, method)
    if (method === 'logging/setLevel') setLogLevel(gateway, scope, known, params)
    else if (method === 'resources/subscribe') await followResource(gateway, limits, scope, known, params)
    else unfollowResource(known, params)
    return '{}'
  }

  const other = async (request: McpRequest): Promise<Piece> => {
    const { method } = request.request
    const kind = Object.hasOwn(listMethods, method) ? listMethods[method] : undefined
    if (kind !== undefined) return list(request, kind)
    if (method === 'prompts/get' || method === 'resources/read' || method === 'completion/complete')
      return relay.request(request, method)
    if (!request.modern && method === 'tasks/list') return relay.listTasks(request)
    if (isTaskMethod(method, request.modern)) return relay.task(request, method)
    if (request.modern && method === 'server/discover') return discover(request)
    if (!request.modern && method === 'initialize') return initialize(request)
    if (!request.modern && method === 'ping') return '{}'
    if (!request.modern && managing.has(method)) return manage(request)
    throw new GatewayError('METHOD_NOT_FOUND', `Patchbay does not serve the method "${method.slice(0, 100)}".`)
  }

  return {
    answer: request => (request.request.method === 'tools/call' ? relay.call(request) : other(request)),
    followTasks: followTasksOf(gateway, tasks),
    recheck(isSame) {
      inputs.recheck(isSame)
      tasks.recheck(isSame)
    },
    close() {
      inputs.close()
      tasks.close()
    },
  }
}

/** What we declare to clients, whatever the servers behind us have: they come and go, and a client asks only once. */
const capabilities: JsonObject = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
}

/** Of 2025-11-25 alone. */
const withTasks: JsonObject = { ...capabilities, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }

const modernCapabilities: JsonObject = { ...capabilities, extensions: { [tasksExtension]: {} } }

const listMethods: Readonly<Record<string, ListKind>> = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
}

const managing: ReadonlySet<string> = new Set(['logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'])

/**
 * Who may share what we answer (SEP-2549). Where no key is configured everyone sees the same, so anyone may; not so where
 * a header of the request has narrowed it, which a cache would not look at.
 */
function cacheScopeOf({ caller, narrowedTo }: Scope): 'public' | 'private' {
  return caller === localCaller && narrowedTo === undefined ? 'public' : 'private'
}

function knownClient(client: OldClient | undefined, method: string): OldClient {
  if (client !== undefined) return client
  throw new RpcFailure(rpcCode.invalidRequest, `${method} needs a session. Begin with initialize.`, { status: 200 })
}
