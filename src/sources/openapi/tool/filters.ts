import { closest } from 'fastest-levenshtein'
import { matchesAny } from '../../../core/policy.ts'
import type { OpenApiConfig, OperationFilter } from '../../../core/source-config.ts'
import type { ToolAnnotations } from '../../../core/tool.ts'
import type { Operation } from '../document/operation.ts'
import { keyOf } from '../document/operation.ts'
import { matchesPath } from './path-glob.ts'

/** The part of an entry that chooses among operations. */
export type FilterRules = Pick<OpenApiConfig, 'include' | 'exclude' | 'readOnly'>

/**
 * Says why an entry does not offer an operation; undefined when it does.
 *
 * An operation is offered when it matches every list of `include` and no list of `exclude`, and only reads where the
 * entry says so: each thing written narrows.
 */
export function whyFiltered(
  operation: Operation,
  annotations: ToolAnnotations,
  { include, exclude, readOnly }: FilterRules,
): string | undefined {
  if (include === undefined && exclude === undefined && readOnly !== true) return undefined
  for (const field of fields) {
    if (matches(operation, include ?? {}, field) === false) return `It does not match "include.${field}" of the entry.`
    if (matches(operation, exclude ?? {}, field) === true) return `It matches "exclude.${field}" of the entry.`
  }
  if (readOnly === true && annotations.readOnlyHint !== true)
    return 'It does not only read, and the entry is "readOnly".'
  return undefined
}

/** A warning for each pattern that matches no operation at all: most of them are slips, and a slip may offer too much. */
export function findIdlePatterns(operations: readonly Operation[], { include, exclude }: FilterRules): string[] {
  return Object.entries({ include, exclude }).flatMap(([rule, filter = {}]) =>
    listFields.flatMap(field =>
      (filter[field] ?? [])
        .filter(pattern => !operations.some(operation => matches(operation, { [field]: [pattern] }, field)))
        .map(pattern => {
          const known = [...new Set(operations.flatMap(operation => namesOf(operation, field)))]
          const nearest = known.length === 0 ? '' : ` The nearest is ${JSON.stringify(closest(pattern, known))}.`
          return `"${rule}.${field}" has ${JSON.stringify(pattern.slice(0, 100))}, which matches no operation.${nearest}`
        }),
    ),
  )
}

const listFields = ['tags', 'methods', 'paths', 'operations'] as const
const fields = [...listFields, 'deprecated'] as const
type ListField = (typeof listFields)[number]

/** Undefined where the filter says nothing of that field. */
function matches(operation: Operation, filter: OperationFilter, field: ListField | 'deprecated'): boolean | undefined {
  if (field === 'deprecated') {
    return filter.deprecated === undefined ? undefined : operation.deprecated === filter.deprecated
  }
  const patterns = filter[field]
  if (patterns === undefined) return undefined
  if (field === 'paths') return patterns.some(pattern => matchesPath(pattern, operation.path))
  const asWritten = field === 'methods' ? patterns.map(pattern => pattern.toLowerCase()) : patterns
  return matchesAny(asWritten, namesOf(operation, field))
}

function namesOf(operation: Operation, field: ListField): readonly string[] {
  switch (field) {
    case 'tags':
      return operation.tags ?? []
    case 'methods':
      return [operation.method.toLowerCase()]
    case 'paths':
      return [operation.path]
    case 'operations':
      return [...(operation.operationId === undefined ? [] : [operation.operationId]), keyOf(operation)]
  }
}
