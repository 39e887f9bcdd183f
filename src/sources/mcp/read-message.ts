import { isDeeperThan, isObject } from '../../core/json.ts'
import { rememberText } from '../../core/json-text.ts'
import type { RpcId, RpcMessage } from '../../core/protocol.ts'
import { isRpcMessage } from '../../core/protocol.ts'
import type { TransportHandlers } from './transport.ts'

/** Far beyond what any tool says, and far below the depth from which on `JSON.stringify` overflows the stack. */
const maxDepth = 512

/**
 * Hands a text that an upstream sent over as one JSON-RPC message, or tells why it cannot be read. An answer that is
 * broken still has its request failed at once, where its id can be read.
 *
 * @param origin - the id of our request on whose stream it came
 * @returns the message that was handed over
 */
export function deliver(text: string, handlers: TransportHandlers, origin?: RpcId): RpcMessage | undefined {
  const value = readResult(text) ?? parseJson(text)
  const problem =
    value === undefined
      ? `text that is no JSON (${text.length} characters)`
      : isDeeperThan(value, maxDepth)
        ? `a message that nests deeper than ${maxDepth} levels`
        : isRpcMessage(value)
          ? undefined
          : 'JSON that is no JSON-RPC 2.0 message'
  if (problem !== undefined) handlers.onUnreadable(problem, idOfAnswer(value))
  else handlers.onMessage(value as RpcMessage, origin)
  return problem === undefined ? (value as RpcMessage) : undefined
}

/** Shorter answers are read at once, as one text. */
const minLength = 1_024

/** How servers begin an answer to one of our requests, whose ids are numbers. */
const resultHead = /^\{"jsonrpc":"2\.0","id":(\d{1,15}),"result":/

/**
 * Reads a long answer by its result alone, whose text is then known. That it parses shows that nothing follows it, so the
 * whole is what its head says.
 *
 * @returns undefined for a text of any other form
 */
function readResult(text: string): RpcMessage | undefined {
  if (text.length < minLength || !text.endsWith('}')) return undefined
  const [head, id] = resultHead.exec(text) ?? []
  if (head === undefined) return undefined
  const resultText = text.slice(head.length, -1)
  const result = parseJson(resultText)
  if (!isObject(result)) return undefined
  rememberText(result, resultText)
  return { jsonrpc: '2.0', id: Number(id), result }
}

/** Undefined for what is no JSON, which no JSON text stands for. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function idOfAnswer(value: unknown): RpcId | undefined {
  if (!isObject(value) || value.method !== undefined) return undefined
  return typeof value.id === 'string' || typeof value.id === 'number' ? value.id : undefined
}
