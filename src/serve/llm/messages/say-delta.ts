import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { BlockWriter, Events } from './write-blocks.ts'

/** Writes a piece of what a model of another wire says. */
export type SayDelta = (delta: JsonObject) => Events

/**
 * Makes what writes the deltas of one turn as blocks: thinking, then text.
 *
 * Thinking that comes signed (`thinking_blocks`) ends the block of its pieces where it was streamed, and is told whole
 * elsewhere.
 */
export function sayDeltas(writer: BlockWriter): SayDelta {
  let isUnsigned = false
  const think = (text: string): Events => {
    isUnsigned = true
    return writer.think(text)
  }
  const sign = (block: JsonObject): Events => {
    if (block.type === 'redacted_thinking') return writer.put(block)
    const wasTold = isUnsigned
    isUnsigned = false
    if (writer.open() === 'thinking') return writer.sign(block.signature)
    // Told in pieces, and something else since: its block has ended.
    if (wasTold || typeof block.thinking !== 'string') return []
    return [...writer.think(block.thinking), ...writer.sign(block.signature)]
  }
  return ({ content, reasoning_content: reasoning, reasoning: other, thinking_blocks: thoughts, refusal }) => {
    const signed = Array.isArray(thoughts) ? thoughts.filter(isObject) : []
    const thought = signed.length > 0 ? [] : [reasoning, other].filter(isText).slice(0, 1)
    return [
      ...thought.flatMap(think),
      ...signed.flatMap(sign),
      ...textsOf(content).flatMap(writer.say),
      ...(isText(refusal) ? writer.say(refusal) : []),
    ]
  }
}

/** Mistral's content may be a list of parts. */
function textsOf(content: unknown): readonly string[] {
  const parts = Array.isArray(content) ? content.map(part => (isObject(part) ? part.text : part)) : [content]
  return parts.filter(isText)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
