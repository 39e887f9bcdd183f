import type { ItemEntry, Items } from './item-catalog.ts'
import { withName } from './item-catalog.ts'
import type { Item, ItemKind } from './items.ts'
import { matchesAny } from './policy.ts'
import { qualifyUri, splitQualified } from './qualified-uri.ts'

/** A request's way to one source, in the source's own words. */
export type ItemTarget = Readonly<{ sourceId: string; key: string }>

/** The items that one caller may see at one endpoint, under the names and URIs used there. */
export type ItemView = Readonly<{
  lists: Items
  prompt: (name: string) => ItemTarget | undefined
  /** Who has a URI: also one that is not listed, where it can be known. */
  resource: (uri: string) => ItemTarget | undefined
  /** Who has a template of URIs, or the URI that stands for it in a completion. */
  template: (uri: string) => ItemTarget | undefined
  /** Whether a source that may have items is in it. */
  sees: (sourceId: string) => boolean
  /** The URI under which this view leads to what a source calls so. */
  publicUri: (sourceId: string, uri: string) => string
}>

/** What an item view is cut from. `prefixes`: of the sources in it that may have items, id to prefix. */
export type ItemViewParts = Readonly<{
  entries: readonly ItemEntry[]
  prefixes: ReadonlyMap<string, string>
  /** The endpoint of one source: nothing is renamed there. */
  alone: boolean
}>

/** The longest URI that is compared with templates. */
const maxTemplateUri = 8_192

/** Cuts the view. Pure. */
export function viewItems({ entries, prefixes, alone }: ItemViewParts): ItemView {
  const byName: Record<ItemKind, Map<string, ItemEntry>> = {
    prompts: new Map(),
    resources: new Map(),
    resourceTemplates: new Map(),
  }
  for (const entry of entries) byName[entry.kind].set(alone ? entry.key : entry.name, entry)
  const idOf = new Map([...prefixes].map(([id, prefix]) => [prefix, id]))
  const clashing = new Set(entries.filter(({ key, name }) => key !== name).map(({ key }) => key))
  const [only] = prefixes.size === 1 ? [...prefixes.keys()] : []

  const qualified = (uri: string): ItemTarget | undefined => {
    const split = alone ? undefined : splitQualified(uri)
    const sourceId = split && idOf.get(split.prefix)
    return split && sourceId !== undefined ? { sourceId, key: split.uri } : undefined
  }
  let publicNames: ReadonlyMap<string, string> | undefined
  let patterns: ReadonlyMap<string, readonly Pattern[]> | undefined
  /** Of several templates that fit, the one that says most. */
  const byTemplate = (uri: string): ItemTarget | undefined => {
    if (uri.length > maxTemplateUri) return undefined
    patterns ??= patternsOf(byName.resourceTemplates.values(), alone)
    const near = [...(patterns.get(schemeOf(uri)) ?? []), ...(patterns.get('') ?? [])]
    const found = near.find(({ head, pattern }) => uri.startsWith(head) && matchesAny([pattern], [uri]))
    return found && { sourceId: found.sourceId, key: uri }
  }
  const unlisted = (uri: string): ItemTarget | undefined => {
    // What more than one server lists is nobody's under its bare URI: no template takes it from them.
    if (!alone && (splitQualified(uri) !== undefined || clashing.has(uri))) return undefined
    // A server may read what it does not list; with one server there is no doubt whose it is.
    return byTemplate(uri) ?? (only === undefined ? undefined : { sourceId: only, key: uri })
  }
  const resource = (uri: string): ItemTarget | undefined =>
    targetOf(byName.resources.get(uri)) ?? qualified(uri) ?? unlisted(uri)

  return {
    lists: {
      prompts: listOf(byName.prompts),
      resources: listOf(byName.resources),
      resourceTemplates: listOf(byName.resourceTemplates),
    },
    prompt: name => targetOf(byName.prompts.get(name)),
    resource,
    template: uri => targetOf(byName.resourceTemplates.get(uri)) ?? resource(uri),
    sees: sourceId => prefixes.has(sourceId),
    publicUri: (sourceId, uri) => {
      if (alone) return uri
      publicNames ??= namesByUri(entries)
      const listed = publicNames.get(`${sourceId} ${uri}`)
      if (listed !== undefined) return listed
      // What lies on the web is fetched from there by whoever is given its URL (MCP, server/resources, "https://").
      if (/^https?:/i.test(uri)) return uri
      const found = resource(uri)
      if (found?.sourceId === sourceId && found.key === uri) return uri
      const prefix = prefixes.get(sourceId)
      return prefix === undefined ? uri : qualifyUri(prefix, uri)
    },
  }
}

/** By source and its own URI. */
function namesByUri(entries: readonly ItemEntry[]): ReadonlyMap<string, string> {
  const withUris = entries.filter(({ kind }) => kind !== 'prompts')
  return new Map(withUris.map(({ sourceId, key, name }) => [`${sourceId} ${key}`, name]))
}

function targetOf(entry: ItemEntry | undefined): ItemTarget | undefined {
  return entry && { sourceId: entry.sourceId, key: entry.key }
}

function listOf(named: ReadonlyMap<string, ItemEntry>): readonly Item[] {
  return [...named].map(([name, entry]) => withName(entry, name))
}

/** A template as what URIs are compared with; `head` is what stands before its first expression. */
type Pattern = Readonly<{ sourceId: string; head: string; pattern: string }>

/** By scheme, '' where an expression stands in its place; made once for a view, those that say most first. */
function patternsOf(templates: Iterable<ItemEntry>, alone: boolean): ReadonlyMap<string, readonly Pattern[]> {
  const patterns = [...templates]
    .map(({ sourceId, key, name }) => ({ sourceId, pattern: toPattern(alone ? key : name) }))
    .map(each => ({ ...each, head: each.pattern.split('*', 1)[0] ?? '' }))
    .toSorted((a, b) => b.pattern.length - a.pattern.length)
  return Map.groupBy(patterns, ({ head }) => schemeOf(head))
}

function schemeOf(uri: string): string {
  return uri.slice(0, Math.max(uri.indexOf(':'), 0))
}

/** Each expression of a template (RFC 6570) as `*`: wide, but linear in the URI, whoever wrote the template. */
function toPattern(template: string): string {
  return template.replace(/\{[^{}]*\}/g, '*')
}
