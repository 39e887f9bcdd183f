import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Dialect } from '../codec.ts'
import { toAnthropicSchema } from './anthropic-schema.ts'

/**
 * What the Messages API takes of tools: names of 1 to 128 and property keys of 1 to 64 characters, ids of letters, digits,
 * `_` and `-`. It documents no limit on the number of tools; 10,000 is what its tool search takes.
 */
export const anthropicDialect: Dialect = {
  wire: 'anthropic',
  names: { illegal: /[^a-zA-Z0-9_-]/gu, maxLength: 128 },
  maxTools: 10_000,
  keys: { illegal: /[^a-zA-Z0-9_.-]/gu, maxLength: 64 },
  callIds: { illegal: /[^a-zA-Z0-9_-]/gu, maxLength: 64 },
  toSchema: parameters => toAnthropicSchema(parameters),
  renameNative: (message, rename) =>
    Array.isArray(message.content)
      ? { ...message, content: message.content.map(block => renameBlock(block, rename)) }
      : message,
  restoreEvents({ toName, hasKeys }) {
    const held = new Set<unknown>()
    return event => {
      const { type, index, content_block: block } = event
      if (type === 'content_block_start' && isObject(block)) {
        held.delete(index)
        if (block.type === 'tool_use' && hasKeys(String(block.name))) held.add(index)
        else return { ...event, content_block: renameBlock(block, toName) }
      }
      return held.has(index) ? { type: 'ping' } : event
    }
  },
}

/** Calls of tools, and references that a search for tools gives; hosted tools have blocks of other types. */
function renameBlock(block: unknown, rename: (name: string) => string): unknown {
  if (!isObject(block)) return block
  const { type, name, tool_name: toolName, content } = block
  if (type === 'tool_use') return renameField(block, 'name', name, rename)
  if (type === 'tool_reference') return renameField(block, 'tool_name', toolName, rename)
  if (type === 'tool_result' && Array.isArray(content)) {
    return { ...block, content: content.map(inner => renameBlock(inner, rename)) }
  }
  const references = isObject(content) ? content.tool_references : undefined
  if (type !== 'tool_search_tool_result' || !Array.isArray(references)) return block
  return {
    ...block,
    content: { ...(content as JsonObject), tool_references: references.map(it => renameBlock(it, rename)) },
  }
}

function renameField(block: JsonObject, field: string, name: unknown, rename: (name: string) => string): JsonObject {
  if (typeof name !== 'string' || rename(name) === name) return block
  return { ...block, [field]: rename(name) }
}
