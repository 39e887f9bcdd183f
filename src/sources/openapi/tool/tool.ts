import type { JsonObject } from '../../../core/json.ts'
import type { SourceTool } from '../../../core/tool-source.ts'
import { cleanText } from '../document/clean-text.ts'
import type { Operation } from '../document/operation.ts'
import { keyOf } from '../document/operation.ts'
import { methods } from '../document/operations.ts'
import { toAnnotations } from './annotations.ts'

/** Longer ones cost more tokens than they help. */
const maxDescriptionLength = 1_024

/**
 * Makes the tool of one operation.
 *
 * Its name is the operationId as the document has it, or `<method>_<path>` where there is none; making names legal and
 * distinct is the catalog's work. Its rank follows path and method, never the document's order.
 */
export function toTool(operation: Operation, inputSchema: JsonObject): SourceTool {
  return {
    key: keyOf(operation),
    rank: rankOf(operation),
    tool: {
      name: nameOf(operation),
      description: describe(operation),
      inputSchema,
      annotations: toAnnotations(operation),
    },
  }
}

function rankOf({ method, path }: Operation): string {
  const index = methods.indexOf(method)
  return `${path}\u0000${index < 0 ? `${methods.length}${method}` : index}`
}

function nameOf({ operationId, method, path }: Operation): string {
  if (operationId !== undefined && /[A-Za-z0-9]/.test(operationId)) return operationId
  return `${method}_${path}`.replace(/[^A-Za-z0-9-]+/gu, '_').replace(/^_+|_+$/g, '')
}

function describe({ summary, description, deprecated, method, path }: Operation): string {
  const parts = [summary, description].map(part => part?.trim()).filter(part => part !== undefined && part !== '')
  // Many documents repeat the summary as the description.
  const text = parts[0] === parts[1] ? parts[0] : parts.join('\n\n')
  const shown = cleanText(
    text === undefined || text === '' ? `${method.toUpperCase()} ${path}` : text,
    maxDescriptionLength,
  )
  return deprecated ? `${shown} [deprecated]` : shown
}
