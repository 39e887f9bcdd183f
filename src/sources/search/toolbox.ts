import { moveNames } from '../../core/ledger.ts'
import type { OfferRules } from '../../core/policy.ts'
import { isOffered } from '../../core/policy.ts'
import type { Tool } from '../../core/tool.ts'
import type { Ledger } from '../../core/tool-name.ts'
import { emptyLedger, nameTools, withPrefix } from '../../core/tool-name.ts'
import type { SourceTool } from '../../core/tool-source.ts'

/** A tool of the source behind the gates. `name` is what the endpoint of the source alone would call it. */
export type BoxedTool = Readonly<{ key: string; name: string; tool: Tool; tags: readonly string[] }>

/** The tools of one list that the entry's rules let through, under the names by which they are found and called. */
export type Toolbox = Readonly<{
  /** In the source's order. */
  tools: readonly BoxedTool[]
  /** By its name here; else by its key, the source's own name for it, its public name, or a name in another case. */
  find: (name: string) => BoxedTool | undefined
  /** Every name given, filtered tools included. */
  names: Ledger
}>

/** What decides which tools are in the box. `prefix` begins their public names, which rules may use. */
export type ToolboxOptions = OfferRules & Readonly<{ prefix: string; ledger: Ledger }>

/**
 * Names the tools of a list and leaves out what the rules do not offer. Names are given first, so that allowing one more
 * tool renames none of the others. Of two tools with one key the first is kept.
 */
export function fillToolbox(listed: readonly SourceTool[], { prefix, ledger, ...rules }: ToolboxOptions): Toolbox {
  const distinct = [...new Map(listed.toReversed().map(each => [each.key, each])).values()].toReversed()
  const names = nameTools('', distinct, moveNames(ledger, distinct))
  const hasRules = rules.allowedTools !== undefined || rules.disallowedTools !== undefined
  const publicNames = hasRules ? nameTools(prefix, distinct, emptyLedger) : names
  const tools = distinct.flatMap(({ key, tool, tags = [] }): BoxedTool[] => {
    const name = names.get(key) ?? ''
    const known = [key, tool.name, name, withPrefix(prefix, name), withPrefix(prefix, publicNames.get(key) ?? '')]
    return hasRules && !isOffered(rules, known) ? [] : [{ key, name, tool, tags }]
  })

  const byName = new Map(tools.map(tool => [tool.name, tool]))
  let others: Map<string, BoxedTool> | undefined
  const findOther = (name: string): BoxedTool | undefined => {
    others ??= otherNames(tools)
    return others.get(name) ?? others.get(name.toLowerCase())
  }
  return {
    tools,
    names,
    find: name => {
      const start = withPrefix(prefix, '')
      const bare = name.startsWith(start) ? name.slice(start.length) : name
      return byName.get(name) ?? byName.get(bare) ?? findOther(name) ?? findOther(bare)
    },
  }
}

/** The first tool that has a name keeps it: a key before a wish, and both before a name in another case. */
function otherNames(tools: readonly BoxedTool[]): Map<string, BoxedTool> {
  const named = new Map<string, BoxedTool>()
  for (const nameOf of [keyOf, wishOf, lowerOf]) {
    for (const tool of tools) if (!named.has(nameOf(tool))) named.set(nameOf(tool), tool)
  }
  return named
}

const keyOf = ({ key }: BoxedTool): string => key
const wishOf = ({ tool }: BoxedTool): string => tool.name
const lowerOf = ({ name }: BoxedTool): string => name.toLowerCase()
