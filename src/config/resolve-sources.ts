import { isObject } from '../core/json.ts'
import type { SourceConfig } from '../core/source-config.ts'
import type { Findings } from './findings.ts'
import type { FilledAt } from './interpolate.ts'
import { isDisabled } from './interpolate.ts'
import type { Path } from './parse-jsonc.ts'
import { resolveSource } from './resolve-source.ts'
import { parsedOnce } from './schema-parts.ts'
import { sourceSchema } from './source-schema.ts'

/** The sources of a file, and what groups and keys need to speak of them. */
export type ResolvedSources = Readonly<{
  sources: readonly SourceConfig[]
  /** Whatever a source may be called inside the file, its id or the key of its entry, to its id. */
  ids: ReadonlyMap<string, string>
  /** Ids that exist but are switched off. */
  disabled: ReadonlySet<string>
  /** What entries say of themselves by `groups` and `access_groups`. */
  joins: readonly Readonly<{ group: string; id: string; path: Path }>[]
  /** Where the entry of each source stands. */
  paths: ReadonlyMap<string, Path>
}>

/** Reads every block of sources, in the order of the file. Entries with problems are left out, their ids are known. */
export async function resolveSources(
  document: Readonly<Record<string, unknown>>,
  directory: string,
  findings: Findings,
  filledAt: FilledAt = () => [],
): Promise<ResolvedSources> {
  const keys = new Map<string, string>()
  const ids = new Map<string, string>()
  const disabled = new Set<string>()
  const joins: { group: string; id: string; path: Path }[] = []
  const sources: SourceConfig[] = []
  const paths = new Map<string, Path>()

  for (const { block, key, path, raw } of entriesOf(document)) {
    const { id, at } = publicId(raw, key, path)
    const wrong = whyNoId(id)
    if (wrong !== undefined) findings.problem(at, wrong)
    if (ids.has(id))
      findings.problem(at, 'has the id of another entry; ids are unique, also across blocks and aliases.')
    ids.set(id, id)
    if (!keys.has(key)) keys.set(key, id)

    if (isDisabled(raw)) disabled.add(id)
    else if (isObject(raw)) {
      // What does not fit the schema is known by now; the rest of the entry is still looked at.
      const sound = Object.entries(raw).filter(([name]) => !findings.spoiled([...path, name]))
      const entry = sourceSchema.safeParse(Object.fromEntries(sound), parsedOnce).data
      if (entry === undefined) continue
      for (const name of ['groups', 'access_groups'] as const) {
        entry[name]?.forEach((group, index) => {
          joins.push({ group, id, path: [...path, name, index] })
        })
      }
      const source = await resolveSource(entry, { id, path, block, directory, filledAt }, findings)
      if (source === undefined) continue
      sources.push(source)
      paths.set(id, path)
    }
  }
  return { sources, ids: new Map([...keys, ...ids]), disabled, joins, paths }
}

type Entry = Readonly<{ block: string; key: string; path: Path; raw: unknown }>

function entriesOf(document: Readonly<Record<string, unknown>>): Entry[] {
  return Object.entries(document).flatMap(([block, entries]) => {
    if (!['mcpServers', 'servers', 'mcp_servers'].includes(block) || !isObject(entries)) return []
    return Object.entries(entries).map(([key, raw]) => ({ block, key, path: [block, key], raw }))
  })
}

function publicId(raw: unknown, key: string, path: Path): { id: string; at: Path } {
  const alias = isObject(raw) ? raw.alias : undefined
  return typeof alias === 'string' ? { id: alias, at: [...path, 'alias'] } : { id: key, at: path }
}

/** An id is a segment of a URL and stands in logs. */
function whyNoId(id: string): string | undefined {
  if (id === '') return 'has an empty id.'
  if (id.length > 100) return 'has an id of more than 100 characters.'
  if (id === '.' || id === '..') return 'has an id that means something else in a URL.'
  if (id.includes('/') || /\p{Cc}/u.test(id) || !id.isWellFormed()) {
    return 'has an id with "/" or a control character; ids are segments of a URL.'
  }
  return undefined
}
