import type { JsonObject } from '../../../core/json.ts'
import type { Limits } from '../../../core/limits.ts'
import type { OpenApiConfig } from '../../../core/source-config.ts'
import type { SourceTool } from '../../../core/tool-source.ts'
import type { Operation } from '../document/operation.ts'
import { UnusableOperation } from '../document/operation.ts'
import type { Warn } from '../document/warning.ts'
import { fitToBudget } from '../schema/fit-budget.ts'
import { createInliner } from '../schema/inline-definitions.ts'
import { createSchemas } from '../schema/json-schema.ts'
import type { LegalKeys } from '../schema/legal-keys.ts'
import { makeKeysLegal } from '../schema/legal-keys.ts'
import { toOutputSchema } from '../schema/output-schema.ts'
import { jsonBytes, rootBytes } from '../schema/subschemas.ts'
import type { Arguments } from './arguments.ts'
import { planArguments } from './arguments.ts'
import type { SelectedOperation } from './select-operations.ts'
import { toTool } from './tool.ts'

/** A tool as it is listed, and where its arguments go. */
export type MadeTool = Readonly<{ tool: SourceTool; plan: LegalArguments }>

/** Arguments whose keys every provider accepts, at every level. */
export type LegalArguments = Arguments & Pick<LegalKeys, 'originalKeys'>

/** What a tool needs besides its schemas: its name, description and hints are bounded by themselves. */
const minSchemaBytes = 1_024
/** What `_meta` needs to say that something was cut. */
const truncationBytes = 160

/**
 * Makes the tools of one document, each within `maxToolBytes` as JSON. What had to be cut for that is said in
 * `_meta["patchbay/truncated"]`, and the rest of the arguments is accepted all the same.
 *
 * @param warn - is told once for each reference of a schema that leads nowhere
 * @returns a function from an operation to its tool; it throws UnusableOperation for one that cannot become a tool
 */
export function createToolMaker(
  document: JsonObject,
  config: Pick<OpenApiConfig, 'schemaMode' | 'outputSchemas'>,
  limits: Pick<Limits, 'maxToolBytes' | 'maxOutputSchemaBytes' | 'maxDescriptionLength'>,
  warn: Warn,
): (selected: SelectedOperation) => MadeTool {
  const sent = createSchemas(document, warn)
  const received = config.outputSchemas === true ? createSchemas(document, warn, 'received') : undefined
  const inline = createInliner(config.schemaMode ?? 'auto')

  const addOutput = (made: SourceTool, operation: Operation, room: number): SourceTool => {
    const maxBytes = Math.min(limits.maxOutputSchemaBytes, room)
    const outputSchema = received && toOutputSchema(operation.responseSchema?.(), received, maxBytes)
    return outputSchema === undefined ? made : { ...made, tool: { ...made.tool, outputSchema } }
  }

  return selected => {
    const { operation } = selected
    const planned = planArguments(operation, sent)
    const plan = { ...planned, ...makeKeysLegal(planned.inputSchema) }
    const made = toTool(selected, inline(plan.inputSchema), limits)
    const { inputSchema } = made.tool
    const aroundBytes = jsonBytes({ ...made.tool, inputSchema: {} })
    const bytes = aroundBytes + rootBytes(inputSchema)
    if (bytes <= limits.maxToolBytes) return { tool: addOutput(made, operation, limits.maxToolBytes - bytes), plan }
    const room = Math.max(minSchemaBytes, limits.maxToolBytes - aroundBytes - truncationBytes)
    const fitted = fitToBudget(inputSchema, room)
    if (fitted === undefined) {
      throw new UnusableOperation('TOO_LARGE', `Its required arguments alone take more than ${room} bytes.`)
    }
    const _meta = { ...made.tool._meta, 'patchbay/truncated': fitted.cuts }
    return { tool: { ...made, tool: { ...made.tool, inputSchema: fitted.schema, _meta } }, plan }
  }
}
