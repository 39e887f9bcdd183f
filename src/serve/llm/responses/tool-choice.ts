import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { SelectedTool } from '../../../llm/select-tools.ts'
import { invalid } from '../read-body.ts'
import type { RequestTools } from '../request-tools.ts'

/** Finds a tool of ours by its label and what the caller calls it; all of the label without a name. */
export function findByLabel(tools: RequestTools, label: string, name?: string): readonly SelectedTool[] {
  const entry = tools.entries.findIndex(each => each.server_label === label)
  return [...tools.ours.values()].filter(tool => tool.entry === entry && (name === undefined || tool.servedAs === name))
}

/**
 * Writes `tool_choice` in OpenAI chat's words; a server stands for its tools.
 *
 * @throws GatewayError `REQUEST_INVALID` for what no tool of this request answers to
 */
export function toToolChoice(choice: unknown, tools: RequestTools): unknown {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return choice
  const { type, name, mode, tools: allowed } = isObject(choice) ? choice : {}
  if (type === 'function' && typeof name === 'string') return { type, function: { name } }
  if (type === 'custom' && typeof name === 'string') return { type, custom: { name } }
  if (type === 'mcp') {
    const found = toNames(choice as JsonObject, tools, 'tool_choice')
    return found.length === 1 ? found[0] : { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: found } }
  }
  if (type === 'allowed_tools' && Array.isArray(allowed) && (mode === 'auto' || mode === 'required')) {
    const found = allowed.flatMap((tool, index) => toNames(tool, tools, `tool_choice.tools[${index}]`))
    return { type, allowed_tools: { mode, tools: found } }
  }
  const known = '"auto", "none", "required", or of type function, custom, mcp or allowed_tools'
  throw invalid('tool_choice', `must be ${known}; OpenAI's own tools cannot be chosen here`)
}

function toNames(tool: unknown, tools: RequestTools, at: string): readonly JsonObject[] {
  const { type, name, server_label: label } = isObject(tool) ? tool : {}
  if (type === 'function' && typeof name === 'string') return [{ type, function: { name } }]
  if (type === 'custom' && typeof name === 'string') return [{ type, custom: { name } }]
  if (type !== 'mcp' || typeof label !== 'string')
    throw invalid(at, 'must name a tool: a function, custom, or mcp with server_label')
  const found = findByLabel(tools, label, typeof name === 'string' ? name : undefined)
  if (found.length === 0) {
    const what = typeof name === 'string' ? `no tool "${name}" of` : 'no tool of'
    throw invalid(at, `${what} an mcp entry with server_label "${label}" is offered in this request`)
  }
  return found.map(each => ({ type: 'function', function: { name: each.name } }))
}
