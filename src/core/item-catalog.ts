import type { Item, ItemKind } from './items.ts'
import { itemKinds, keyOfItem } from './items.ts'
import { qualifyUri, splitQualified } from './qualified-uri.ts'
import type { Ledger } from './tool-name.ts'
import { emptyLedger, nameTools, withPrefix } from './tool-name.ts'

/** The items of one source, by kind. */
export type Items = Readonly<Record<ItemKind, readonly Item[]>>

/** No items of any kind. */
export const noItems: Items = { prompts: [], resources: [], resourceTemplates: [] }

/** One prompt, resource or template: where it comes from, and what it is called in public. */
export type ItemEntry = Readonly<{
  sourceId: string
  kind: ItemKind
  /** The source's own name or URI for it. */
  key: string
  /** What it is called at `/mcp` and at groups; at the endpoint of its own source that is `key`. */
  name: string
  item: Item
}>

/** What a source lists besides tools. */
export type ItemSource = Readonly<{ id: string; prefix: string; items: Items }>

/** Every item of every source, and the names of prompts, to be handed to the next snapshot. */
export type NamedItems = Readonly<{ entries: readonly ItemEntry[]; ledgers: ReadonlyMap<string, Ledger> }>

/**
 * Gives every item its public name: prompts by the rule of tools, URIs unchanged while one source alone has them.
 *
 * @param ledgers - names that prompts had in the snapshot before, by source
 */
export function nameItems(sources: readonly ItemSource[], ledgers: ReadonlyMap<string, Ledger>): NamedItems {
  const owners = countOwners(sources)
  const next = new Map<string, Ledger>()
  const entries = sources.flatMap(({ id, prefix, items }) => {
    const names = namePrompts(prefix, items.prompts, ledgers.get(id))
    next.set(id, names)
    const nameOf = (kind: ItemKind, key: string): string => {
      if (kind === 'prompts') return withPrefix(prefix, names.get(key) ?? key)
      return (owners.get(key) ?? 0) > 1 || isReserved(key) ? qualifyUri(prefix, key) : key
    }
    return itemKinds.flatMap(kind =>
      items[kind].map((item): ItemEntry => {
        const key = keyOfItem(kind, item)
        return { sourceId: id, kind, key, name: nameOf(kind, key), item }
      }),
    )
  })
  return { entries, ledgers: next }
}

/** An item as a client is shown it under a name. */
export function withName({ kind, item, key }: ItemEntry, name: string): Item {
  if (name === key) return item
  return { ...item, [kind === 'prompts' ? 'name' : kind === 'resources' ? 'uri' : 'uriTemplate']: name }
}

function namePrompts(prefix: string, prompts: readonly Item[], before: Ledger = emptyLedger): Ledger {
  const wishes = prompts.map(prompt => {
    const name = keyOfItem('prompts', prompt)
    return { key: name, rank: name, tool: { name, inputSchema: {} } }
  })
  return nameTools(prefix, wishes, before)
}

/** How many sources have a URI, as a resource or as a template. */
function countOwners(sources: readonly ItemSource[]): ReadonlyMap<string, number> {
  const owners = new Map<string, number>()
  for (const { items } of sources) {
    const own = [
      ...items.resources.map(item => keyOfItem('resources', item)),
      ...items.resourceTemplates.map(item => keyOfItem('resourceTemplates', item)),
    ]
    for (const uri of new Set(own)) owners.set(uri, (owners.get(uri) ?? 0) + 1)
  }
  return owners
}

/** A source that is a Patchbay itself has URIs that look like qualified ones of ours. */
function isReserved(uri: string): boolean {
  return splitQualified(uri) !== undefined
}
