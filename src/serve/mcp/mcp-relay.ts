import type { ClientLink } from '../../core/client-link.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { writeJson } from '../../core/json-text.ts'
import { rpcCode, withoutHopFields } from '../../core/protocol.ts'
import type { TaskMethod } from '../../core/tasks.ts'
import { tasksRevision } from '../../core/tasks.ts'
import type { CallToolResult } from '../../core/tool.ts'
import type { CallContext, RelayedMethod } from '../../core/tool-source.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import { callerHeaders } from '../caller-headers.ts'
import { RpcFailure } from '../errors.ts'
import { modernClientId } from './input-state.ts'
import { toOldResult } from './mcp-eras.ts'
import type { Inputs } from './mcp-inputs.ts'
import type { Piece } from './mcp-reply.ts'
import type { McpRequest } from './mcp-request.ts'
import type { Stamp } from './mcp-stamp.ts'
import type { Tasks } from './mcp-tasks.ts'
import { oldLink, strangerId, strangerLink } from './old-link.ts'

/** The requests that go on to a source, with everything that belongs to them: progress, cancellation, questions, logs. */
export type Relay = Readonly<{
  /** Answers `tools/call`. @throws GatewayError or RpcFailure */
  call(request: McpRequest): Promise<Piece>
  /** Answers what is asked about a task. @throws GatewayError or RpcFailure */
  task(request: McpRequest, method: TaskMethod): Promise<Piece>
  /** Answers `tasks/list` of an old client. @throws GatewayError */
  listTasks(request: McpRequest): Promise<Piece>
  /** Answers `prompts/get`, `resources/read`, `completion/complete`. @throws GatewayError or RpcFailure */
  request(request: McpRequest, method: Exclude<RelayedMethod, TaskMethod>): Promise<Piece>
}>

/**
 * Relays to the gateway.
 *
 * @param cacheScopeOf - `public` or `private`, for what is read in this scope
 */
export function createRelay(
  gateway: Gateway,
  inputs: Inputs,
  stamp: Stamp,
  tasks: Tasks,
  cacheScopeOf: (scope: Scope) => string,
): Relay {
  const contextOf = (request: McpRequest, takesInput: boolean): RequestContext => {
    const context = new RequestContext(request, inputs, takesInput)
    const sent = request.request.params?._meta
    if (!isObject(sent)) return context
    const meta = withoutHopFields(sent)
    if (meta !== undefined) context.meta = meta
    const token = sent.progressToken
    if (token !== undefined)
      context.onProgress = progress =>
        request.reply.notify('notifications/progress', { ...progress, progressToken: token })
    return context
  }

  /** Gives a modern request what it brings of an earlier one; or else the result of the call that it goes on with. */
  const bring = async (
    request: McpRequest,
    context: RequestContext,
  ): Promise<Readonly<{ resumed: Promise<Piece> }> | undefined> => {
    const opened = await inputs.open(request)
    if ('resumed' in opened) return opened
    context.input = opened
    return undefined
  }
  /** Not async, so that nearly every result is written without a promise more. */
  const finish = (request: McpRequest, result: JsonObject, extra?: JsonObject): Piece | Promise<Piece> => {
    if (result.resultType === 'input_required') return inputs.relay(request, result)
    if (result.resultType === 'task') return begun(request, result)
    return stamp.complete(result, extra)
  }
  const begun = async (request: McpRequest, result: JsonObject): Promise<Piece> =>
    stamp.typed('task', await tasks.seal(request, String(request.request.params?.name), result))

  const askInstead = (request: McpRequest, error: unknown): Promise<Piece> => {
    const asked = inputs.relayError(request, error)
    if (asked === undefined) throw error
    return asked
  }

  return {
    async call(request) {
      const { name, arguments: args = {}, task, requestState, inputResponses } = request.request.params ?? {}
      if (typeof name !== 'string') throw new RpcFailure(rpcCode.invalidParams, 'tools/call needs the name of a tool.')
      if (!isObject(args))
        throw new RpcFailure(rpcCode.invalidParams, `The arguments of "${name.slice(0, 128)}" must be an object.`)
      const context = contextOf(request, true)
      if (!request.modern) {
        if (task === undefined || knowsNoTasks(request))
          return writeJson(toOldResult(await gateway.call(request.scope, name, args, context)))
        if (!isObject(task))
          throw new RpcFailure(rpcCode.invalidParams, '"task" must be an object, such as {"ttl": 60000}.')
        await tasks.check(request, name)
        context.task = task
        const result = await gateway.call(request.scope, name, args, context)
        return writeJson(toOldResult((await tasks.seal(request, name, result)) as CallToolResult))
      }
      context.input = noInput
      if (requestState !== undefined || inputResponses !== undefined) {
        const going = await bring(request, context)
        if (going !== undefined) return going.resumed
      }
      try {
        return finish(request, await gateway.call(request.scope, name, args, context))
      } catch (error) {
        return askInstead(request, error)
      }
    },
    async task(request, method) {
      const result = await tasks.ask(request, method, contextOf(request, false))
      return request.modern ? stamp.complete(result) : writeJson(result)
    },
    listTasks: async request => writeJson(await tasks.list(request, contextOf(request, false))),
    async request(request, method) {
      const { _meta, inputResponses, requestState, ...params } = request.request.params ?? {}
      const key = needed[method]
      if (key !== undefined && typeof params[key] !== 'string')
        throw new RpcFailure(rpcCode.invalidParams, `${method} needs ${key} as text.`, { status: 200 })
      if (method === 'completion/complete' && !isRef(params.ref))
        throw new RpcFailure(
          rpcCode.invalidParams,
          'completion/complete needs a ref: a prompt by its name, or a resource by its uri.',
          { status: 200 },
        )
      const { scope, modern } = request
      const takesInput = method !== 'completion/complete'
      const context = contextOf(request, takesInput)
      if (!modern) return JSON.stringify(withoutHop(await gateway.request(scope, method, params, context)))
      if (!takesInput) return stamp.complete(await gateway.request(scope, method, params, context))
      const going = await bring(request, context)
      if (going !== undefined) return going.resumed
      try {
        const result = await gateway.request(scope, method, params, context)
        return await finish(
          request,
          result,
          method === 'resources/read' ? cachingOf(result, cacheScopeOf(scope)) : undefined,
        )
      } catch (error) {
        return askInstead(request, error)
      }
    },
  }
}

/**
 * What a call needs of its request. The link to the client and the headers are made when they are read, which few calls do.
 *
 * A class, since an object that is written down with getters costs twenty times as much to make.
 */
class RequestContext implements CallContext {
  readonly signal: AbortSignal
  meta?: JsonObject
  task?: JsonObject
  onProgress?: NonNullable<CallContext['onProgress']>
  input?: NonNullable<CallContext['input']>
  readonly #request: McpRequest
  readonly #inputs: Inputs
  readonly #takesInput: boolean
  #client: ClientLink | undefined

  constructor(request: McpRequest, inputs: Inputs, takesInput: boolean) {
    this.signal = request.signal
    this.#request = request
    this.#inputs = inputs
    this.#takesInput = takesInput
  }

  get callerId(): string {
    return this.#request.scope.caller.id
  }

  get client(): ClientLink {
    this.#client ??= linkTo(this.#request, this.#inputs, this.#takesInput)
    return this.#client
  }

  get clientId(): string {
    const { modern, client, scope } = this.#request
    return modern ? modernClientId(this.#request) : (client?.clientId ?? strangerId(scope.caller.id))
  }

  get headers(): Readonly<Record<string, string>> {
    return callerHeaders(this.#request.headers ?? noHeaders, this.#request.scope.caller)
  }
}

const noHeaders = {}
const noInput = {}

/** To revisions before it `task` is an unknown field (2025-11-25, utilities/tasks, "Task Support and Handling"). */
function knowsNoTasks({ client }: McpRequest): boolean {
  return client?.revision !== undefined && client.revision !== tasksRevision
}

/** What names the thing that is asked for. */
const needed: Readonly<Partial<Record<RelayedMethod, string>>> = { 'prompts/get': 'name', 'resources/read': 'uri' }

/** Of a prompt or a resource (MCP, server/utilities/completion). */
function isRef(ref: unknown): boolean {
  if (!isObject(ref)) return false
  return ref.type === 'ref/prompt'
    ? typeof ref.name === 'string'
    : ref.type === 'ref/resource' && typeof ref.uri === 'string'
}

function linkTo(request: McpRequest, inputs: Inputs, takesInput: boolean): ClientLink {
  if (request.modern) return inputs.link(request, takesInput)
  const { client, reply, scope } = request
  return client === undefined ? strangerLink(scope.caller.id) : oldLink(client, reply)
}

/** A resource may be kept as long as its server says, which may be no time at all; never by more callers than we allow. */
function cachingOf({ ttlMs, cacheScope }: JsonObject, ours: string): JsonObject {
  const isTime = typeof ttlMs === 'number' && ttlMs >= 0
  return { ttlMs: isTime ? ttlMs : 0, cacheScope: cacheScope === 'public' ? ours : 'private' }
}

/** Old clients know neither types of results nor caching. */
function withoutHop({ resultType: _, ttlMs: _ttl, cacheScope: _scope, ...result }: JsonObject): JsonObject {
  return result
}
