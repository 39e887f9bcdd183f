import { isUrl } from '../core/url.ts'
import type { Findings } from './findings.ts'
import type { FilledAt } from './interpolate.ts'
import type { Path } from './parse-jsonc.ts'

/** Where an entry stands: its public id, its path in the file, the name of its block, and the file's directory. */
export type EntryPlace = Readonly<{ id: string; path: Path; block: string; directory: string; filledAt: FilledAt }>

/**
 * Takes the one of several names for the same thing that an entry uses; two of them that differ are a problem.
 *
 * @param names - ours first
 */
export function pickOne<Entry extends object, Name extends keyof Entry & string>(
  entry: Entry,
  names: readonly Name[],
  path: Path,
  findings: Findings,
): NonNullable<Entry[Name]> | undefined {
  const [first, ...others] = names.filter(name => entry[name] !== undefined)
  if (first === undefined) return undefined
  for (const other of others) {
    if (JSON.stringify(entry[other]) === JSON.stringify(entry[first])) continue
    findings.problem([...path, other], `is another name for "${first}" and says something else; keep one of them.`)
  }
  return entry[first] ?? undefined
}

/** Notes a URL that is not http or https, or that holds credentials: URLs show up in logs, headers do not. */
export function checkUrl(text: string, path: Path, findings: Findings): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !isUrl(text)) findings.problem(path, 'must be an http or https URL.')
  else if (url.username !== '' || url.password !== '') {
    findings.problem(path, 'must not hold a user name or password; send them as a header.')
  }
}

/** An entry of a block that is a map by name or a list of entries with the name inside. */
export type NamedEntry<Entry> = Readonly<{ name: string; path: Path; entry: Entry }>

/** Reads such a block in its order. Entries that do not fit the schema are left out; a name given twice is a problem. */
export function namedEntries<Entry extends object, Name extends string>(
  block: Readonly<Record<string, Entry>> | readonly (Entry & Record<Name, string>)[] | undefined,
  key: Name,
  path: Path,
  findings: Findings,
  { mayRepeat = false }: { mayRepeat?: boolean } = {},
): NamedEntry<Entry>[] {
  const all: NamedEntry<Entry>[] = isList(block)
    ? block.map((entry, index) => ({ name: entry[key], path: [...path, index], entry }))
    : Object.entries(block ?? {}).map(([name, entry]) => ({ name, path: [...path, name], entry }))
  const seen = new Set<string>()
  return all.filter(({ name, path: at }) => {
    if (findings.spoiled(at)) return false
    if (seen.has(name) && !mayRepeat) findings.problem(at, `has the ${key} of another entry; each is unique.`)
    else if (name === '' || name.length > 200 || /\p{Cc}/u.test(name)) {
      findings.problem(at, `needs its ${key}: 1 to 200 characters without control characters.`)
    }
    seen.add(name)
    return true
  })
}

/** `Array.isArray` does not narrow readonly lists. */
function isList<Item>(value: unknown): value is readonly Item[] {
  return Array.isArray(value)
}
