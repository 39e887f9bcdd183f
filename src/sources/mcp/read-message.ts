import { isDeeperThan, isObject } from '../../core/json.ts'
import { rememberText } from '../../core/json-text.ts'
import { passesBounds } from '../../core/measure-json.ts'
import type { RpcId, RpcMessage } from '../../core/protocol.ts'
import { isRpcMessage } from '../../core/protocol.ts'
import type { TransportHandlers } from './transport.ts'

/** Far beyond what any tool says, and far below the depth from which on `JSON.stringify` overflows the stack. */
const maxDepth = 512

/** Messages of one batch. */
const maxBatch = 1_000

/** More than ten thousand tools hold. Parsing as many more takes seconds, in which nobody is served. */
const maxContainers = 1_000_000

/**
 * Hands a text that an upstream sent over as one JSON-RPC message, or tells why it cannot be read. An answer that is
 * broken still has its request failed at once, where its id can be read. A batch, which servers of revision 2025-03-26 may
 * send, is handed over message by message.
 *
 * @param origin - the id of our request on whose stream it came
 * @returns the message that was handed over; of a batch the answer to that request, where it holds it
 */
export function deliver(text: string, handlers: TransportHandlers, origin?: RpcId): RpcMessage | undefined {
  const passed = passesBounds(text, { maxDepth, maxContainers })
  const value = passed === undefined ? (readResult(text) ?? parseJson(text)) : undefined
  if (Array.isArray(value) && value.length > 0 && value.length <= maxBatch && !isDeeperThan(value, maxDepth))
    return deliverBatch(value, handlers, origin)
  const problem =
    passed === 'maxContainers'
      ? `a message of more than ${maxContainers} objects and lists`
      : passed === 'maxDepth'
        ? `a message that nests deeper than ${maxDepth} levels`
        : value === undefined
          ? `text that is no JSON (${text.length} characters)`
          : isDeeperThan(value, maxDepth)
            ? `a message that nests deeper than ${maxDepth} levels`
            : isRpcMessage(value)
              ? undefined
              : 'JSON that is no JSON-RPC 2.0 message'
  if (problem !== undefined) handlers.onUnreadable(problem, passed === undefined ? idOfAnswer(value) : idInHead(text))
  else handlers.onMessage(value as RpcMessage, origin)
  return problem === undefined ? (value as RpcMessage) : undefined
}

function deliverBatch(batch: readonly unknown[], handlers: TransportHandlers, origin?: RpcId): RpcMessage | undefined {
  let answer: RpcMessage | undefined
  for (const each of batch) {
    if (!isRpcMessage(each)) {
      handlers.onUnreadable('a batch with JSON that is no JSON-RPC 2.0 message', idOfAnswer(each))
      continue
    }
    handlers.onMessage(each, origin)
    if (each.method === undefined && String(each.id) === String(origin)) answer = each
  }
  return answer
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

/** Of an answer that is not parsed. */
function idInHead(text: string): RpcId | undefined {
  const [, id] = resultHead.exec(text) ?? []
  return id === undefined ? undefined : Number(id)
}

function idOfAnswer(value: unknown): RpcId | undefined {
  if (!isObject(value) || value.method !== undefined) return undefined
  return typeof value.id === 'string' || typeof value.id === 'number' ? value.id : undefined
}
