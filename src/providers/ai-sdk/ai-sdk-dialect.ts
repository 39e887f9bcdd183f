import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { toParameters } from '../../core/tool-parameters.ts'
import type { Dialect } from '../codec.ts'

/**
 * What every provider behind the AI SDK takes: its packages send names, ids and schemas as they are, whatever the provider
 * makes of them.
 */
export const aiSdkDialect: Dialect = {
  wire: 'ai-sdk',
  names: { illegal: /[^a-zA-Z0-9_-]/gu, first: /^[a-zA-Z_]/, maxLength: 64 },
  maxTools: 128,
  callIds: { illegal: /[^a-zA-Z0-9_-]/gu, maxLength: 64 },
  toSchema: toParameters,
  renameNative: (message, rename) =>
    Array.isArray(message.content)
      ? { ...message, content: message.content.map(part => renamePart(part, rename)) }
      : message,
}

function renamePart(part: unknown, rename: (name: string) => string): unknown {
  if (!isObject(part) || typeof part.toolName !== 'string') return part
  const toolName = rename(part.toolName)
  return toolName === part.toolName ? part : ({ ...part, toolName } satisfies JsonObject)
}
