import type { OpenApiConfig, OperationOverride } from '../../../core/source-config.ts'
import type { ToolAnnotations } from '../../../core/tool.ts'
import { readExtensions } from '../document/extensions.ts'
import type { Operation, SkippedOperation } from '../document/operation.ts'
import type { Warn } from '../document/warning.ts'
import { toAnnotations } from './annotations.ts'
import { findIdlePatterns, whyFiltered } from './filters.ts'
import { joinOverrides } from './overrides.ts'

/** An operation that is offered, and what the document and the entry say of the tool that it becomes. */
export type SelectedOperation = Readonly<{
  operation: Operation
  override: OperationOverride
  annotations: ToolAnnotations
}>

/** What is offered, in the order of the document, and what is not. */
export type Selection = Readonly<{ selected: readonly SelectedOperation[]; skipped: readonly SkippedOperation[] }>

const nothing: OperationOverride = {}

/**
 * Chooses which operations become tools, by the entry and by the document's own `x-mcp` and `x-patchbay`. Of several who
 * say the same thing the entry wins, then the operation, then its path, then the document.
 */
export function selectOperations(
  operations: readonly Operation[],
  config: Pick<OpenApiConfig, 'include' | 'exclude' | 'readOnly' | 'overrides'>,
  warn: Warn,
): Selection {
  const findOverride = joinOverrides(config.overrides, operations, warn)
  for (const warning of findIdlePatterns(operations, config)) warn(warning, 'FILTER_UNUSED')
  const selected: SelectedOperation[] = []
  const skipped: SkippedOperation[] = []
  for (const operation of operations) {
    const own = operation.extensions === undefined ? undefined : readExtensions(operation.extensions, warn)
    const configured = findOverride(operation)
    const override = own === undefined ? (configured ?? nothing) : { ...own, ...configured }
    const annotations = toAnnotations(operation, override)
    if (override.hidden === true) skipped.push(skip(operation, 'HIDDEN', whyHidden(configured)))
    else {
      const reason = whyFiltered(operation, annotations, config)
      if (reason === undefined) selected.push({ operation, override, annotations })
      else skipped.push(skip(operation, 'FILTERED', reason))
    }
  }
  return { selected, skipped }
}

function whyHidden(configured: OperationOverride | undefined): string {
  const by = configured?.hidden === true ? '"overrides" of the entry' : '"x-mcp" or "x-patchbay" of the document'
  return `It is hidden by ${by}.`
}

function skip(
  { method, path, operationId, pointer }: Operation,
  code: 'HIDDEN' | 'FILTERED',
  reason: string,
): SkippedOperation {
  return { method, path, ...(operationId !== undefined && { operationId }), code, reason, pointer }
}
