import { isDeepStrictEqual } from 'node:util'
import type { View } from '../../core/catalog.ts'
import { isSameView } from '../../core/catalog.ts'
import type { ItemKind } from '../../core/items.ts'
import { uiUrisOf } from '../../core/result-links.ts'
import type { Tool } from '../../core/tool.ts'

/** The kinds of lists that MCP tells changes of; `resources` are the resources and their templates. */
export const changedKindNames = ['tools', 'prompts', 'resources'] as const

/** One of {@link changedKindNames}; its notification is `notifications/<kind>/list_changed`. */
export type ChangedKind = (typeof changedKindNames)[number]

/** Which lists differ between two views. Found once for each pair, however many clients have it. */
export function changedKinds(before: View, after: View): readonly ChangedKind[] {
  if (before === after) return []
  const known = cache.get(before)
  if (known?.after === after) return known.kinds
  const changed = { tools: toolsDiffer, prompts: itemsDiffer('prompts'), resources: resourcesDiffer }
  const kinds = changedKindNames.filter(kind => changed[kind](before, after))
  cache.set(before, { after, kinds })
  return kinds
}

const cache = new WeakMap<View, Readonly<{ after: View; kinds: readonly ChangedKind[] }>>()

/** Also where a source's tools are the same, since the `ui://` resource one is shown with may be called otherwise now. */
function toolsDiffer(a: View, b: View): boolean {
  return !isSameView(a, b) || a.tools.some((tool, at) => uisOf(tool) !== uisOf(b.tools[at]))
}

function uisOf(tool: Tool | undefined): string | undefined {
  return tool && uiUrisOf(tool).join(' ')
}

function itemsDiffer(kind: ItemKind): (a: View, b: View) => boolean {
  return (a, b) =>
    a.items[kind] !== b.items[kind] &&
    (a.items[kind].length !== b.items[kind].length ||
      a.items[kind].some((item, at) => item !== b.items[kind][at] && !isDeepStrictEqual(item, b.items[kind][at])))
}

function resourcesDiffer(a: View, b: View): boolean {
  return itemsDiffer('resources')(a, b) || itemsDiffer('resourceTemplates')(a, b)
}
