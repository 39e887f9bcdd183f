import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatTool, TurnRequest } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import { toGeminiSchema } from './gemini-schema.ts'

/** Google's own tools, by the field of `Tool` that holds their settings. */
const hosted = [
  'googleSearch',
  'googleSearchRetrieval',
  'googleMaps',
  'codeExecution',
  'urlContext',
  'fileSearch',
  'computerUse',
  'enterpriseWebSearch',
  'retrieval',
  'exaAiSearch',
  'parallelAiSearch',
]

/**
 * Writes tools and tool_choice as `tools` and `toolConfig`.
 *
 * Functions go into one `functionDeclarations`. A tool of Google's own is one of `type` `googleSearch` or
 * `google_search`, its settings under that name or beside the type; which of them go together with functions the model
 * decides. Schemas may have been written for this wire already.
 *
 * `allowed_tools` with mode `auto` leaves the others out, since the mode that would keep them is not everywhere.
 *
 * @throws GatewayError `REQUEST_INVALID` for a tool of another type
 */
export function toTools({ tools, toolChoice }: TurnRequest): JsonObject {
  const { mode, names } = readChoice(toolChoice)
  const functions = tools
    .filter(isFunctionTool)
    .filter(tool => mode !== 'AUTO' || names === undefined || names.includes(tool.function.name))
  const own = tools.flatMap((tool, index) => (isFunctionTool(tool) ? [] : [toHosted(tool, index)]))
  const declarations = functions.map(({ function: { name, description, parameters } }) => ({
    name,
    ...(typeof description === 'string' && description !== '' && { description }),
    parameters: toGeminiSchema(isObject(parameters) ? parameters : {}),
  }))
  const all = [...(declarations.length > 0 ? [{ functionDeclarations: declarations }] : []), ...own]
  const known = names?.filter(name => functions.some(tool => tool.function.name === name)) ?? []
  return {
    ...(all.length > 0 && { tools: all }),
    ...(mode !== undefined &&
      declarations.length > 0 && {
        toolConfig: {
          functionCallingConfig: { mode, ...(mode === 'ANY' && known.length > 0 && { allowedFunctionNames: known }) },
        },
      }),
  }
}

function readChoice(choice: unknown): { mode?: 'AUTO' | 'ANY' | 'NONE'; names?: string[] } {
  if (choice === 'none') return { mode: 'NONE' }
  if (choice === 'auto') return { mode: 'AUTO' }
  if (choice === 'required' || choice === 'any') return { mode: 'ANY' }
  if (!isObject(choice)) return {}
  const allowed = isObject(choice.allowed_tools) ? choice.allowed_tools : undefined
  if (allowed !== undefined && Array.isArray(allowed.tools)) {
    return { mode: allowed.mode === 'required' ? 'ANY' : 'AUTO', names: allowed.tools.flatMap(nameIn) }
  }
  const names = nameIn(choice)
  return names.length > 0 ? { mode: 'ANY', names } : {}
}

function nameIn(holder: unknown): string[] {
  const named = isObject(holder) ? holder.function : undefined
  return isObject(named) && typeof named.name === 'string' ? [named.name] : []
}

function toHosted(tool: ChatTool, index: number): JsonObject {
  const { type, ...beside } = tool
  const name = hosted.find(name => name === type || toSnake(name) === type)
  if (name === undefined) {
    throw new GatewayError(
      'REQUEST_INVALID',
      `tools[${index}] has the type "${String(type).slice(0, 40)}", which Gemini does not have. Use functions, or ${hosted.slice(0, 5).join(', ')}.`,
      { data: { param: `tools[${index}]` } },
    )
  }
  const settings = tool[type] ?? tool[name] ?? tool[toSnake(name)] ?? beside
  return { [name]: isObject(settings) ? settings : {} }
}

function toSnake(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
