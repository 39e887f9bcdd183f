import type { JsonObject } from '../../../core/json.ts'
import type { Limits } from '../../../core/limits.ts'
import type { Tool } from '../../../core/tool.ts'
import type { SourceTool } from '../../../core/tool-source.ts'
import { cleanText } from '../document/clean-text.ts'
import type { Operation } from '../document/operation.ts'
import { keyOf } from '../document/operation.ts'
import { methods } from '../document/operations.ts'
import { describeOperation, plainText } from './description.ts'
import type { SelectedOperation } from './select-operations.ts'

const maxTitleLength = 120
const maxNameLength = 200

/**
 * Makes the tool of one operation.
 *
 * Its name is the operationId as the document has it, or `<method>_<path>` where there is none, unless it was given
 * another; making names legal and distinct is the catalog's work. Its rank follows path and method, never the document's
 * order.
 */
export function toTool(
  { operation, override, annotations }: SelectedOperation,
  inputSchema: JsonObject,
  { maxDescriptionLength: maxLength }: Pick<Limits, 'maxDescriptionLength'>,
): SourceTool {
  const title = cleanText(override.title ?? plainText(operation.summary ?? '', maxTitleLength), maxTitleLength)
  const named = override.name === undefined ? undefined : cleanText(override.name, maxNameLength)
  const { tags = [] } = operation
  return {
    key: keyOf(operation),
    rank: rankOf(operation),
    tool: {
      name: named ?? nameOf(operation),
      ...(title !== '' && { title: title.replace(/\s+/g, ' ') }),
      description: describeOperation(operation, inputSchema, { override: override.description, maxLength }),
      inputSchema,
      annotations,
      _meta: { 'patchbay/operation': toMeta(operation, named) },
    },
    ...(tags.length > 0 && { tags }),
  }
}

/**
 * Method and path find the operation in its document, whatever the tool is called: some 7 % of GitHub's list. The
 * operationId would be 4 % more and is told by these two, so it stands there only where an override replaced it as the
 * name.
 */
function toMeta({ method, path, operationId }: Operation, named: string | undefined): Tool['_meta'] {
  return { method, path, ...(named !== undefined && operationId !== undefined && { operationId }) }
}

function rankOf({ method, path }: Operation): string {
  const index = methods.indexOf(method)
  return `${path}\u0000${index < 0 ? `${methods.length}${method}` : index}`
}

function nameOf({ operationId, method, path }: Operation): string {
  if (operationId !== undefined && /[A-Za-z0-9]/.test(operationId)) return operationId
  return `${method}_${path}`.replace(/[^A-Za-z0-9-]+/gu, '_').replace(/^_+|_+$/g, '')
}
