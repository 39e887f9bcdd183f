import type { OperationOverride } from '../../../core/source-config.ts'
import type { ToolAnnotations } from '../../../core/tool.ts'
import type { Operation } from '../document/operation.ts'

/** Methods that ask and do not change (RFC 9110, section 9.2.1). */
const safeMethods = new Set(['get', 'head', 'options', 'trace', 'query'])

/**
 * What an operation does, as hints (MCP, "ToolAnnotations"): what its override says, else what its method means (RFC
 * 9110, section 9.2). A POST or PATCH may do anything, and counts as destructive, and so does what is said not to only
 * read: there are APIs whose GET ends machines.
 */
export function toAnnotations(
  { method }: Pick<Operation, 'method'>,
  override: OperationOverride = {},
): ToolAnnotations {
  const name = method.toLowerCase()
  const isSafe = safeMethods.has(name)
  const readOnly = override.readOnly ?? (override.destructive === true ? false : isSafe)
  const idempotent = isSafe ? readOnly : readOnly || name === 'put' || name === 'delete'
  return {
    readOnlyHint: readOnly,
    destructiveHint: override.destructive ?? !readOnly,
    idempotentHint: override.idempotent ?? idempotent,
    openWorldHint: true,
  }
}
