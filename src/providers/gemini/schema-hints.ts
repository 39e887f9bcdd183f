import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/** A hint that is longer says too little for its price. */
const maxHint = 200

/** What a schema says that Google's has no keyword for, or none that is safe, as sentences for the description. */
export function hintsOf(type: string, node: JsonObject): readonly string[] {
  return hintsByType(type, node)
    .concat(node.default === undefined || node.default === null ? [] : [`Default: ${show(node.default)}.`])
    .filter(hint => hint.length <= maxHint)
}

function hintsByType(type: string, node: JsonObject): string[] {
  switch (type) {
    case 'string':
      return [
        ...(typeof node.format === 'string' && node.format !== 'date-time' ? [`Format: ${node.format}.`] : []),
        ...(typeof node.pattern === 'string' ? [`Pattern: ${node.pattern}`] : []),
        ...range('characters', node.minLength, node.maxLength),
      ]
    case 'array':
      return [...range('items', node.minItems, node.maxItems), ...(node.uniqueItems === true ? ['No item twice.'] : [])]
    case 'object': {
      const values = node.additionalProperties
      const isMap = isObject(values) && (typeof values.type === 'string' || Array.isArray(values.type))
      return isMap ? [`Further keys hold ${[values.type].flat().join(' or ')} values.`] : []
    }
    default:
      return [
        ...valuesOf(node),
        ...(type === 'number' && typeof node.exclusiveMinimum === 'number'
          ? [`More than ${node.exclusiveMinimum}.`]
          : []),
        ...(type === 'number' && typeof node.exclusiveMaximum === 'number'
          ? [`Less than ${node.exclusiveMaximum}.`]
          : []),
        ...(typeof node.multipleOf === 'number' ? [`A multiple of ${node.multipleOf}.`] : []),
      ]
  }
}

/** `enum` is of texts alone. */
function valuesOf(node: JsonObject): string[] {
  if (node.const !== undefined) return [`Always ${show(node.const)}.`]
  return Array.isArray(node.enum) && node.enum.length > 0 ? [`One of: ${node.enum.map(show).join(', ')}.`] : []
}

function range(what: string, least: unknown, most: unknown): string[] {
  const hasLeast = typeof least === 'number' && least > 0
  const hasMost = typeof most === 'number'
  if (hasLeast && hasMost) return [`${least} to ${most} ${what}.`]
  if (hasLeast) return [`At least ${least} ${what}.`]
  return hasMost ? [`At most ${most} ${what}.`] : []
}

function show(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
