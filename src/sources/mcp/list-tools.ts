import { headerMarkProblem } from '../../core/header-params.ts'
import { isObject } from '../../core/json.ts'
import { runsTasks } from '../../core/tasks.ts'
import type { Tool } from '../../core/tool.ts'
import type { SourceTool } from '../../core/tool-source.ts'
import type { ListOptions } from './read-pages.ts'
import { readPages } from './read-pages.ts'
import type { Session } from './session.ts'

/**
 * Lists all pages of an upstream's tools.
 *
 * It is loose on purpose: a tool that is malformed or repeats a name is left out with a warning, the others stay. A
 * repeated cursor or one page too many ends the list with what was read.
 *
 * @param overHttp - marks of headers are looked at, which mean something there
 * @returns empty for a server that declares no tools
 */
export async function listTools(
  session: Session,
  options: ListOptions,
  overHttp: boolean,
): Promise<readonly SourceTool[]> {
  const { sourceId, limits, log } = options
  if (!isObject(session.capabilities.tools)) return []
  const found = new Map<string, SourceTool>()
  await readPages(session, { method: 'tools/list', field: 'tools' }, options, listed => {
    const tool = readTool(listed)
    const problem =
      tool === undefined
        ? 'has no name or no object as inputSchema'
        : found.has(tool.name)
          ? 'repeats an earlier name'
          : overHttp && session.modern
            ? headerMarkProblem(tool.inputSchema)
            : undefined
    if (problem !== undefined)
      log('warn', `"${sourceId}" lists a tool that ${problem}; it is left out: ${describe(listed)}`)
    else if (tool !== undefined) found.set(tool.name, { key: tool.name, rank: tool.name, tool })
    return found.size
  })
  return [...found.values()].slice(0, limits.maxToolsPerSource)
}

/**
 * The tools as clients may call them: of a server that runs no tasks as revision 2025-11-25 has them none says that it may be
 * called as one (2025-11-25, utilities/tasks, "Tool-Level Negotiation").
 */
export function offeredTools(
  { modern, capabilities }: Pick<Session, 'modern' | 'capabilities'>,
  tools: readonly SourceTool[],
): readonly SourceTool[] {
  return !modern && runsTasks(capabilities) ? tools : tools.map(each => withoutTaskSupport(each))
}

function withoutTaskSupport(each: SourceTool): SourceTool {
  const { execution, ...tool } = each.tool
  if (!isObject(execution) || execution.taskSupport === undefined) return each
  const { taskSupport: _, ...rest } = execution
  return { ...each, tool: Object.keys(rest).length === 0 ? tool : { ...tool, execution: rest } }
}

/**
 * The least that makes a tool usable: a name, and a schema of an object. A field of the wrong type is left out: the
 * clients of before 2026-07-28 refuse the whole list for it.
 */
function readTool(value: unknown): Tool | undefined {
  if (!isObject(value) || typeof value.name !== 'string' || value.name === '' || !isObject(value.inputSchema))
    return undefined
  const { type = 'object' } = value.inputSchema
  if (type !== 'object') return undefined
  const fields = Object.entries(value).filter(([name, field]) => fieldTypes.get(name)?.(field) ?? true)
  return { ...Object.fromEntries(fields), name: value.name, inputSchema: { type, ...value.inputSchema } }
}

const isText = (value: unknown): boolean => typeof value === 'string'

const fieldTypes = new Map<string, (value: unknown) => boolean>([
  ['title', isText],
  ['description', isText],
  ['icons', Array.isArray],
  ['outputSchema', isObject],
  ['annotations', isObject],
  ['execution', isObject],
  ['_meta', isObject],
])

function describe(value: unknown): string {
  return isObject(value) && typeof value.name === 'string'
    ? `"${value.name.slice(0, 80)}"`
    : String(JSON.stringify(value)).slice(0, 80)
}
