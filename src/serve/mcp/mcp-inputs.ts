import type { Caller } from '../../core/caller.ts'
import { inputMethods, missingCapabilities } from '../../core/client-capabilities.ts'
import type { ClientLink, InputExchange } from '../../core/client-link.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { isAtLeast, isLogLevel } from '../../core/log-level.ts'
import { metaKey, rpcCode } from '../../core/protocol.ts'
import type { Gateway } from '../../gateway/gateway.ts'
import { RpcFailure } from '../errors.ts'
import type { Sealer } from '../seal.ts'
import { inputStates, modernClientId } from './input-state.ts'
import type { Piece } from './mcp-reply.ts'
import type { McpRequest } from './mcp-request.ts'
import { capabilitiesOf } from './mcp-request.ts'
import type { Stamp } from './mcp-stamp.ts'
import type { ParkedCall } from './park-call.ts'
import { parkCalls } from './parked-calls.ts'
import { refusal, refusalToAsk } from './refusals.ts'

/** How servers ask modern clients: by results that ask for more (MCP 2026-07-28, basic/patterns/mrtr). */
export type Inputs = Readonly<{
  /**
   * What a request brings of an earlier one: for its source, or for a call that waits here, which then gives the result.
   *
   * @throws RpcFailure -32602 for a state that is not good here
   */
  open(request: McpRequest): Promise<InputExchange | Readonly<{ resumed: Promise<Piece> }>>
  /** The result with which a source asks for more, its state sealed. @throws RpcFailure -32021 for what the client cannot do */
  relay(request: McpRequest, result: JsonObject): Promise<string>
  /** An old server's error that the user has to visit a URL first, as such a result; undefined for any other error. */
  relayError(request: McpRequest, error: unknown): Promise<string> | undefined
  /** The link to the client while this request runs. @param takesInput - whether its method may ask for more */
  link(request: McpRequest, takesInput: boolean): ClientLink
  /** Cancels the calls that wait of callers for whom this does not hold, now and from now on. */
  recheck(isSame: (caller: Caller) => boolean): void
  /** Cancels the calls that wait, now and from now on. */
  close(): void
}>

/** Opens the exchange of inputs for all modern clients. */
export function openInputs(gateway: Gateway, sealer: Sealer, stamp: Stamp, limits: Limits): Inputs {
  const states = inputStates(sealer, limits.inputStateMs)
  const parked = parkCalls(limits, (request, id, inputRequests) =>
    stamp.typed('input_required', { inputRequests, requestState: states.seal(request, { kind: 'parked', id }) }),
  )

  /** A name or URI that belongs to another source than it did must not bring that one the state. */
  const sourceOf = async ({ request: { method, params = {} }, scope }: McpRequest): Promise<string | undefined> => {
    if (method === 'tools/call') return (await gateway.find(scope, String(params.name)))?.sourceId
    const { links } = await gateway.list(scope)
    return (method === 'prompts/get' ? links.prompt(String(params.name)) : links.resource(String(params.uri)))?.sourceId
  }

  const relay: Inputs['relay'] = async (request, { requestState, ...rest }) => {
    checkInputs(rest.inputRequests ?? {}, capabilitiesOf(request))
    if (typeof requestState !== 'string') return stamp.typed('input_required', rest)
    const source = await sourceOf(request)
    const state = states.seal(request, {
      kind: 'relayed',
      state: requestState,
      ...(source !== undefined && { source }),
    })
    return stamp.typed('input_required', { ...rest, requestState: state })
  }

  return {
    async open(request) {
      const { requestState, inputResponses } = request.request.params ?? {}
      if (inputResponses !== undefined && !isObject(inputResponses)) throw invalid('inputResponses must be an object.')
      const responses = inputResponses && { responses: inputResponses }
      if (requestState === undefined) return { ...responses }
      const state = states.open(request, requestState)
      if (state.kind === 'parked') {
        const call = parked.find(state.id)
        if (call !== undefined) return { resumed: call.resume(request, inputResponses ?? {}) }
        throw invalid('The call that asked is over, or runs in another process of this gateway. Make it anew.')
      }
      if (state.source !== (await sourceOf(request)))
        throw invalid('What is asked for now belongs to another server. Ask anew.')
      return { ...responses, state: state.state }
    },
    relay,
    relayError(request, error) {
      const given = error instanceof GatewayError && error.code === 'SOURCE_ERROR' ? error.data : undefined
      const data = isObject(given) && given.code === rpcCode.urlElicitation ? given.data : undefined
      if (!isObject(data) || !Array.isArray(data.elicitations) || data.elicitations.length === 0) return undefined
      const asked = data.elicitations.map((params, at) => [`url-${at + 1}`, { method: 'elicitation/create', params }])
      return relay(request, { inputRequests: Object.fromEntries(asked) })
    },
    link(request, takesInput) {
      let call: ParkedCall | undefined
      const { request: message } = request
      const meta = isObject(message.params?._meta) ? message.params._meta : {}
      const level = meta[metaKey.logLevel]
      const capabilities = capabilitiesOf(request)
      return {
        id: modernClientId(request),
        capabilities,
        ask(method, params, { signal }) {
          const refused = refusalToAsk(method, params, capabilities, rpcCode.missingCapability)
          if (refused !== undefined) return Promise.reject(refused)
          if (!takesInput) return Promise.reject(refusal(`${message.method} has no way to ask its client.`))
          try {
            call ??= parked.open(request)
          } catch (error) {
            return Promise.reject(refusal((error as Error).message))
          }
          return call.ask(method, params, signal)
        },
        ...(isLogLevel(level) && { logLevel: level }),
        log(params) {
          if (isLogLevel(level) && isAtLeast(params.level, level)) request.reply.notify('notifications/message', params)
        },
        notify(method, params) {
          // Removed in 2026-07-28: the retry is what tells that a URL was visited.
          if (method !== 'notifications/elicitation/complete') request.reply.notify(method, params)
        },
      }
    },
    recheck: parked.recheck,
    close: parked.close,
  }
}

/** A server must not ask what the client did not declare; one that does so fails the call, as if it had refused itself. */
function checkInputs(inputRequests: unknown, declared: JsonObject): void {
  for (const input of isObject(inputRequests) ? Object.values(inputRequests) : [undefined]) {
    const { method, params = {} } = isObject(input) ? input : {}
    if (typeof method !== 'string' || !inputMethods.includes(method) || !isObject(params))
      throw new GatewayError('SOURCE_PROTOCOL', 'The server asks its client for something that MCP does not know.')
    const missing = missingCapabilities(method, params, declared)
    if (missing === undefined) continue
    const message = `The server asks for what the client does not declare: ${Object.keys(missing).join(', ')}.`
    throw new RpcFailure(rpcCode.missingCapability, message, { data: { requiredCapabilities: missing } })
  }
}

function invalid(message: string): RpcFailure {
  return new RpcFailure(rpcCode.invalidParams, message, { status: 200 })
}
