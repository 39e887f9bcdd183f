import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { OperationOverride } from '../../../core/source-config.ts'
import type { Warn } from './warning.ts'

/** What a document may say of its operations for whoever makes tools of them. */
const extensionNames = ['x-mcp', 'x-patchbay']

/** What each field of `x-patchbay` holds. The texts speak of one operation, so they count only there. */
const fieldTypes: Readonly<Record<keyof OperationOverride, 'string' | 'boolean'>> = {
  name: 'string',
  title: 'string',
  description: 'string',
  readOnly: 'boolean',
  destructive: 'boolean',
  idempotent: 'boolean',
  hidden: 'boolean',
}

/** One place that says something of an operation. `at` and `pointer` name it in warnings. */
export type ExtensionLevel = Readonly<{ at: string; pointer: string; raw: JsonObject; isOperation: boolean }>

/** Those of the places that carry an extension of ours, the widest first: the document, the path, the operation. */
export function findExtensions(
  document: JsonObject,
  item: JsonObject,
  operation: JsonObject,
  { method, path, pointer }: Readonly<{ method: string; path: string; pointer: string }>,
): readonly ExtensionLevel[] {
  return [
    { at: 'the document', pointer: '#', raw: document, isOperation: false },
    { at: path, pointer: pointer.slice(0, pointer.lastIndexOf('/')), raw: item, isOperation: false },
    { at: `${method} ${path}`, pointer, raw: operation, isOperation: true },
  ].filter(({ raw }) => extensionNames.some(name => Object.hasOwn(raw, name)))
}

/**
 * Reads `x-mcp: false | true | { enabled }` and `x-patchbay: { name, title, description, readOnly, destructive,
 * idempotent, hidden }`; what the narrower place says wins. What cannot be understood has no effect, and says so.
 */
export function readExtensions(levels: readonly ExtensionLevel[], warn: Warn): OperationOverride | undefined {
  if (levels.length === 0) return undefined
  const read: Record<string, unknown> = {}
  for (const level of levels) {
    const hidden = readMcp(level, warn)
    if (hidden !== undefined) read.hidden = hidden
    Object.assign(read, readPatchbay(level, warn))
  }
  return read as OperationOverride
}

function readMcp({ at, pointer, raw }: ExtensionLevel, warn: Warn): boolean | undefined {
  const value = raw['x-mcp']
  if (value === undefined) return undefined
  const enabled = isObject(value) ? value.enabled : value
  if (typeof enabled === 'boolean') return !enabled
  // An object may carry other people's settings, and say nothing of this.
  if (!isObject(value) || enabled !== undefined) {
    const reason = `"x-mcp" of ${at} is neither true nor false; it has no effect.`
    warn(reason, 'EXTENSION_INVALID', `${pointer}/x-mcp`)
  }
  return undefined
}

function readPatchbay({ at, pointer, raw, isOperation }: ExtensionLevel, warn: Warn): JsonObject {
  const where = `${pointer}/x-patchbay`
  const value = raw['x-patchbay']
  if (value === undefined) return {}
  if (!isObject(value)) {
    warn(`"x-patchbay" of ${at} is no object; it has no effect.`, 'EXTENSION_INVALID', where)
    return {}
  }
  const sound = Object.entries(value).filter(([name, field]) => {
    const wanted = Object.hasOwn(fieldTypes, name) ? fieldTypes[name as keyof OperationOverride] : undefined
    const fits = typeof field === wanted && field !== '' && (isOperation || wanted === 'boolean')
    if (!fits) {
      const reason = `"x-patchbay" of ${at} has a "${name.slice(0, 40)}" that has no effect there.`
      warn(reason, 'EXTENSION_INVALID', where)
    }
    return fits
  })
  return Object.fromEntries(sound)
}
