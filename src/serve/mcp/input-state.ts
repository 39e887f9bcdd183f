import { createHash } from 'node:crypto'
import { isObject } from '../../core/json.ts'
import { metaKey, rpcCode } from '../../core/protocol.ts'
import { RpcFailure } from '../errors.ts'
import type { Sealer } from '../seal.ts'
import type { McpRequest } from './mcp-request.ts'

/**
 * What a modern client brings back with its answers: the state of the source that asked, and which source that was, or
 * the call that waits in this process.
 */
export type InputState = Readonly<{ kind: 'relayed'; state: string; source?: string } | { kind: 'parked'; id: string }>

/** Seals and opens `requestState` (MCP 2026-07-28, basic/patterns/mrtr, "Server Requirements"). */
export type InputStates = Readonly<{
  /** Binds the state to the client of the caller, to the request, and to the next `limits.inputStateMs`. */
  seal(request: McpRequest, state: InputState): string
  /** @throws RpcFailure -32602 for one that was changed, is another caller's or another request's, or is too old */
  open(request: McpRequest, sealed: unknown): InputState
}>

/** Keeps states for `inputStateMs` milliseconds. */
export function inputStates(sealer: Sealer, inputStateMs: number, now: () => number = Date.now): InputStates {
  return {
    seal: (request, state) =>
      sealer.seal(purpose, {
        ...state,
        client: modernClientId(request),
        request: digestOf(request),
        until: now() + inputStateMs,
      }),
    open(request, sealed) {
      const opened = sealer.open(purpose, sealed)
      if (!isObject(opened)) throw invalid('was not given by this gateway, or has been changed')
      if (opened.client !== modernClientId(request)) throw invalid('was given to another caller')
      if (opened.request !== digestOf(request)) throw invalid('belongs to another request')
      if (Number(opened.until) < now()) throw invalid('is too old')
      return opened as unknown as InputState
    },
  }
}

const purpose = 'input'

function invalid(why: string): RpcFailure {
  const message = `The requestState ${why}. Send the request again without it.`
  return new RpcFailure(rpcCode.invalidParams, message, { status: 200 })
}

/** What a request asks for and where, whatever the order of its keys. A retry differs in these three fields alone. */
function digestOf({ request, scope }: McpRequest): string {
  const { _meta, inputResponses, requestState, ...params } = request.params ?? {}
  const whole = [request.method, scope.endpoint, scope.narrowedTo ?? null, params]
  return createHash('sha256').update(JSON.stringify(whole, sortKeys)).digest('base64url')
}

function sortKeys(_key: string, value: unknown): unknown {
  return isObject(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value
}

/** Nothing else tells one modern client from another: who has the same key and application is taken for the same. */
export function modernClientId({ request, scope }: Pick<McpRequest, 'request' | 'scope'>): string {
  const meta = isObject(request.params?._meta) ? request.params._meta : {}
  const info = meta[metaKey.clientInfo]
  const { name, version } = isObject(info) ? info : {}
  const callerId = scope.caller.id
  if (last !== undefined && last.callerId === callerId && last.name === name && last.version === version) return last.id
  const id = JSON.stringify([callerId, name ?? null, version ?? null].map(part => part && String(part).slice(0, 100)))
  last = { callerId, name, version, id }
  return id
}

/** Who was told apart last: nearly every request is of the same client as the one before, and several look at it. */
let last: Readonly<{ callerId: string; name: unknown; version: unknown; id: string }> | undefined
