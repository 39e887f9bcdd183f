import { closest } from 'fastest-levenshtein'
import type { OpenApiConfig, OperationOverride } from '../../../core/source-config.ts'
import type { Operation } from '../document/operation.ts'
import { keyOf } from '../document/operation.ts'
import type { Warn } from '../document/warning.ts'

/** Finds what the entry says of one operation; undefined when nothing. */
export type FindOverride = (operation: Operation) => OperationOverride | undefined

/**
 * Joins the overrides of an entry to the operations of a document.
 *
 * Each is named by an operationId, or by method and path (`get /pets`); what is said by method and path wins. One that
 * names no operation gives a warning with the nearest name.
 */
export function joinOverrides(
  overrides: OpenApiConfig['overrides'],
  operations: readonly Operation[],
  warn: Warn,
): FindOverride {
  if (overrides === undefined || Object.keys(overrides).length === 0) return () => undefined
  const given = new Map(Object.entries(overrides).map(([name, override]) => [toKey(name), override]))
  const known = new Set(operations.flatMap(namesOf))
  for (const name of Object.keys(overrides)) {
    if (known.has(toKey(name))) continue
    const nearest = known.size === 0 ? '' : ` The nearest is ${JSON.stringify(closest(toKey(name), [...known]))}.`
    warn(
      `"overrides" has ${JSON.stringify(name.slice(0, 100))}, which names no operation.${nearest}`,
      'OVERRIDE_UNUSED',
    )
  }
  return operation => {
    const found = namesOf(operation).flatMap(name => given.get(name) ?? [])
    return found.length === 0 ? undefined : Object.assign({}, ...found)
  }
}

/** The method of a path may be written in capitals, as people do. */
function toKey(name: string): string {
  return name.replace(/^[A-Za-z-]+(?= +\/)/, method => method.toLowerCase()).replace(/^([a-z-]+) +\//, '$1 /')
}

/** The one that counts more comes last. */
function namesOf(operation: Operation): readonly string[] {
  const key = toKey(keyOf(operation))
  return operation.operationId === undefined ? [key] : [operation.operationId, key]
}
