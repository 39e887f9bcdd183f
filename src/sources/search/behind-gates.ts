import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { CallToolResult, Tool } from '../../core/tool.ts'
import { errorResult } from '../../core/tool.ts'
import type { Ledger } from '../../core/tool-name.ts'
import type { CallContext, Permits, SourceTool, ToolSource } from '../../core/tool-source.ts'
import { describeTools } from './describe-tools.ts'
import type { GateKey } from './gate-tools.ts'
import { nearestNames, searchTools } from './search-tools.ts'
import type { ToolIndex } from './tool-index.ts'
import { buildToolIndex } from './tool-index.ts'
import type { ToolboxOptions } from './toolbox.ts'
import { fillToolbox } from './toolbox.ts'

/** What stands behind the gates: one list of a source, to be searched, described and called. */
export type BehindGates = Readonly<{
  /** What the rules of the entry let through. */
  offered: readonly Tool[]
  /** Every name given, for the next list's ledger. */
  names: Ledger
  answer: (gate: GateKey, args: JsonObject, context: CallContext) => Promise<CallToolResult>
}>

/** Puts one list of a source behind the gates. The index is built by the first search. */
export function openGates(
  source: ToolSource,
  listed: readonly SourceTool[],
  options: ToolboxOptions & Readonly<{ limits: Pick<Limits, 'maxSearchResults' | 'maxDescribeBytes'> }>,
): BehindGates {
  const { maxSearchResults: maxResults, maxDescribeBytes: maxBytes } = options.limits
  const box = fillToolbox(listed, options)
  let building: Promise<ToolIndex> | undefined
  const index = (): Promise<ToolIndex> => (building ??= buildToolIndex(box.tools))

  const call = async ({ name, arguments: given = {} }: JsonObject, context: CallContext): Promise<CallToolResult> => {
    const { permits = permitAll } = context
    if (typeof name !== 'string') return errorResult('"name" must be the name of a tool, as "search" gave it.')
    const args = readArguments(given)
    if (args === undefined) {
      return errorResult(`"arguments" must be an object: the arguments of "${name.slice(0, 128)}".`)
    }
    const tool = box.find(name)
    if (tool !== undefined && permits(tool)) return source.call(tool.key, args, context)
    return errorResult(explainUnknown(name, await nearestNames(name, { box, index, permits })))
  }

  return {
    offered: box.tools.map(({ tool }) => tool),
    names: box.names,
    answer: (gate, args, context) => {
      const parts = { box, index, permits: context.permits ?? permitAll }
      switch (gate) {
        case 'search':
          return searchTools(args, { ...parts, maxResults })
        case 'describe':
          return describeTools(args, { ...parts, nearest: name => nearestNames(name, parts), maxBytes })
        case 'call':
          return call(args, context)
      }
    },
  }
}

const permitAll: Permits = () => true

/** Models write an object as text now and then. */
function readArguments(given: unknown): JsonObject | undefined {
  if (isObject(given)) return given
  if (given === null) return {}
  if (typeof given !== 'string') return undefined
  try {
    const parsed: unknown = JSON.parse(given)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function explainUnknown(name: string, nearest: readonly string[]): string {
  const wanted = JSON.stringify(name.slice(0, 128))
  if (nearest.length === 0) return `No tool is named ${wanted}. Find the right name with "search".`
  return `No tool is named ${wanted}. Near it: ${nearest.map(each => JSON.stringify(each)).join(', ')}. Or use "search".`
}
