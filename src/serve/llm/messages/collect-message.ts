import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'

type BlockSoFar = { fields: Record<string, unknown>; json: string }

/** Puts the events of a streamed message, as `write` makes them, together to the message that is answered where no stream was asked for. */
export async function collectMessage<T>(
  events: AsyncIterable<T>,
  write: (event: T) => Iterable<JsonObject>,
): Promise<JsonObject> {
  let message: JsonObject = {}
  const blocks: BlockSoFar[] = []
  const read = (event: JsonObject): void => {
    const { delta } = event
    switch (event.type) {
      case 'message_start':
        message = event.message as JsonObject
        break
      case 'content_block_start':
        blocks.push({ fields: { ...(event.content_block as JsonObject) }, json: '' })
        break
      case 'content_block_delta': {
        const block = blocks.at(-1)
        if (block !== undefined && isObject(delta)) extend(block, delta)
        break
      }
      case 'message_delta': {
        const { type: _, delta: __, ...others } = event
        message = { ...message, ...others, ...(delta as JsonObject) }
      }
    }
  }
  for await (const event of events) {
    for (const written of write(event)) read(written)
  }
  return { ...message, content: blocks.map(endBlock) }
}

/** Texts and thinking come in pieces, citations one by one; a signature and fields that we do not know come whole. */
function extend(block: BlockSoFar, { type, ...delta }: JsonObject): void {
  const { fields } = block
  if (type === 'input_json_delta') block.json += String(delta.partial_json ?? '')
  else if (type === 'citations_delta') {
    fields.citations = [...(Array.isArray(fields.citations) ? fields.citations : []), delta.citation]
  } else {
    for (const [name, value] of Object.entries(delta)) {
      const isPiece = (name === 'text' || name === 'thinking') && typeof value === 'string'
      fields[name] = isPiece ? String(fields[name] ?? '') + value : value
    }
  }
}

/** An input that its provider cut in the middle is shown as the text it is. */
function endBlock({ fields, json }: BlockSoFar): JsonObject {
  if (json.trim() === '') return fields
  try {
    return { ...fields, input: JSON.parse(json) }
  } catch {
    return { ...fields, input: { arguments: json } }
  }
}
