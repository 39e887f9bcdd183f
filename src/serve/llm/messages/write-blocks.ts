import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'

/** Events of a stream of the Messages API. */
export type Events = readonly JsonObject[]

/** Writes the blocks of one message: their indexes rise, and none begins before the one before it has ended. */
export type BlockWriter = Readonly<{
  /** A piece of text. White space alone waits for what comes after it: clients may not send back a blank text. */
  say(text: string): Events
  /** A piece of thinking. */
  think(thought: string): Events
  /** Ends the thinking that is being written by what its provider wants back with it. */
  sign(signature: unknown): Events
  /** A block that comes whole, with its start. */
  put(block: JsonObject): Events
  /** A call: its input in one piece of JSON text. */
  call(block: JsonObject, inputJson: string): Events
  /** Begins a block whose pieces are {@link add}ed. */
  begin(block: JsonObject): Events
  add(delta: JsonObject): Events
  /** Ends what is open. */
  end(): Events
  /** What is open, if anything. */
  open(): 'text' | 'thinking' | 'other' | undefined
}>

/** Makes the writer of one message. */
export function writeBlocks(): BlockWriter {
  let index = 0
  let open: 'text' | 'thinking' | 'other' | undefined
  let blank = ''
  const add = (delta: JsonObject): Events => [{ type: 'content_block_delta', index, delta }]
  const end = (): Events => {
    blank = ''
    if (open === undefined) return []
    open = undefined
    index += 1
    return [{ type: 'content_block_stop', index: index - 1 }]
  }
  const begin = (block: JsonObject): Events => {
    const before = end()
    open = block.type === 'text' || block.type === 'thinking' ? block.type : 'other'
    return [...before, { type: 'content_block_start', index, content_block: block }]
  }
  const put = (block: JsonObject): Events => [...begin(block), ...end()]
  return {
    say(piece) {
      const text = blank + piece
      if (open !== 'text' && text.trim() === '') {
        // Thinking has ended all the same, once a text has begun.
        const before = open === undefined ? [] : end()
        blank = text
        return before
      }
      const started = open === 'text' ? [] : begin({ type: 'text', text: '', citations: null })
      blank = ''
      return [...started, ...add({ type: 'text_delta', text })]
    },
    think: thinking => [
      ...(open === 'thinking' ? [] : begin({ type: 'thinking', thinking: '', signature: '' })),
      ...add({ type: 'thinking_delta', thinking }),
    ],
    sign: signature => [
      ...(typeof signature === 'string' && signature !== '' ? add({ type: 'signature_delta', signature }) : []),
      ...end(),
    ],
    put,
    call: (block, inputJson) => [
      ...begin({ ...block, input: {} }),
      ...add({ type: 'input_json_delta', partial_json: inputJson }),
      ...end(),
    ],
    begin,
    add,
    end,
    open: () => open,
  }
}

/** The arguments of a call as the JSON text of an object, which is all that an input may be; numbers keep every digit. */
export function toInputJson(text: string): string {
  if (text.trim() === '') return '{}'
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? text : JSON.stringify({ arguments: value })
  } catch {
    return JSON.stringify({ arguments: text })
  }
}
