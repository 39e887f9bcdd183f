import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { BlockWriter, Events } from './write-blocks.ts'

/** Passes on the blocks that a provider of this wire streams. */
export type BlockOrder = Readonly<{
  /** @returns what can be told by now of an event `content_block_start`, `_delta` or `_stop` */
  take(event: JsonObject): Events
  /** The end of the turn: tells what waited, and ends what is open. */
  finish(): Events
}>

/**
 * Puts a provider's blocks into one row: a block that begins while another is open waits for its end. Some endpoints that
 * copy the API let blocks overlap, and clients do not read that.
 *
 * @param isTold - whether a block is told; one that is not is left out with all its pieces
 */
export function orderBlocks(writer: BlockWriter, isTold: (block: JsonObject) => boolean): BlockOrder {
  let current: unknown
  let waiting: JsonObject[] = []
  /** The input that stood in the start of the current block, until it is streamed after all. */
  let input: JsonObject | undefined
  const left = new Set<unknown>()
  const endCurrent = (): Events => {
    const late = input === undefined ? [] : writer.add(input)
    input = undefined
    return [...late, ...writer.end()]
  }
  const goOn = (): Events => {
    current = undefined
    const events = waiting
    waiting = []
    return events.flatMap(take)
  }
  const take = (event: JsonObject): Events => {
    const { type, index = 0, content_block: block, delta } = event
    const isMine = current === index
    if (type === 'content_block_start' && isObject(block)) {
      if (current !== undefined && !isMine) {
        waiting.push(event)
        return []
      }
      const events = [...(isMine ? endCurrent() : []), ...start(index, block)]
      return current === undefined ? [...events, ...goOn()] : events
    }
    if (left.has(index)) {
      if (type === 'content_block_stop') left.delete(index)
      return []
    }
    if (type === 'content_block_delta' && isObject(delta)) {
      if (isMine) {
        if (delta.type === 'input_json_delta') input = undefined
        return writer.add(delta)
      }
      if (current !== undefined) waiting.push(event)
      const begun = startOf.get(delta.type)
      return current !== undefined || begun === undefined ? [] : [...start(index, begun), ...writer.add(delta)]
    }
    if (type !== 'content_block_stop') return []
    if (isMine) return [...endCurrent(), ...goOn()]
    if (current !== undefined) waiting.push(event)
    return []
  }
  const start = (index: unknown, block: JsonObject): Events => {
    left.delete(index)
    if (!isTold(block)) {
      current = undefined
      left.add(index)
      return []
    }
    current = index
    const { empty, pieces, late } = takeApart(block)
    input = late
    return [...writer.begin(empty), ...pieces.flatMap(writer.add)]
  }
  return {
    take,
    finish() {
      const events: JsonObject[] = []
      while (current !== undefined || waiting.length > 0) events.push(...endCurrent(), ...goOn())
      left.clear()
      return events
    },
  }
}

/** What stands in a block's start already is told as its pieces: clients show nothing else. */
function takeApart(block: JsonObject): { empty: JsonObject; pieces: readonly JsonObject[]; late?: JsonObject } {
  const { type, text, thinking, signature, input: given } = block
  if (type === 'text' && text) return { empty: { ...block, text: '' }, pieces: [{ type: 'text_delta', text }] }
  if (type === 'thinking') {
    const signed = signature ? [{ type: 'signature_delta', signature }] : []
    const pieces = [...(thinking ? [{ type: 'thinking_delta', thinking }] : []), ...signed]
    return { empty: { ...block, thinking: '', signature: '' }, pieces }
  }
  // Anthropic's own tools may have theirs there in a stream of Anthropic's, too.
  if (type !== 'tool_use' || !isObject(given) || Object.keys(given).length === 0) return { empty: block, pieces: [] }
  const late = { type: 'input_json_delta', partial_json: JSON.stringify(given) }
  return { empty: { ...block, input: {} }, pieces: [], late }
}

/** Careless endpoints leave out the start of a block. */
const startOf: ReadonlyMap<unknown, JsonObject> = new Map([
  ['text_delta', { type: 'text', text: '' }],
  ['thinking_delta', { type: 'thinking', thinking: '', signature: '' }],
])
