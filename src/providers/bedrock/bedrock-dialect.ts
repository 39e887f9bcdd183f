import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { NameRule } from '../boundary/tool-names.ts'
import type { Dialect } from '../codec.ts'
import { toBedrockSchema } from './bedrock-schema.ts'

/** `[a-zA-Z0-9_-]{1,64}`: tool names and ids of calls (Converse API reference, ToolSpecification, ToolUseBlock). */
const bedrockNames: NameRule = { illegal: /[^a-zA-Z0-9_-]/gu, maxLength: 64 }

/**
 * What Converse takes of tools. It documents no limit on their number; the models behind it have their own. Keys are bound
 * by the strictest of those, Anthropic's.
 */
export const bedrockDialect: Dialect = {
  wire: 'bedrock',
  names: bedrockNames,
  maxTools: 10_000,
  keys: { illegal: /[^a-zA-Z0-9_.-]/gu, maxLength: 64 },
  callIds: bedrockNames,
  toSchema: parameters => toBedrockSchema(parameters),
  renameNative(message, rename) {
    if (!Array.isArray(message.content)) return message
    return { ...message, content: message.content.map(block => renameBlock(block, rename)) }
  },
}

function renameBlock(block: unknown, rename: (name: string) => string): unknown {
  const use: unknown = isObject(block) ? block.toolUse : undefined
  if (!isObject(use) || typeof use.name !== 'string' || rename(use.name) === use.name) return block
  return { ...(block as JsonObject), toolUse: { ...use, name: rename(use.name) } }
}
