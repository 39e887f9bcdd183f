import type { KeyConfig } from '../core/key-config.ts'
import type { Access } from '../core/policy.ts'
import { namedEntries } from './checks.ts'
import type { KeyEntry, ServersFile } from './file-schema.ts'
import type { Findings } from './findings.ts'
import { suggest } from './findings.ts'
import type { Path } from './parse-jsonc.ts'
import type { ResolvedSources } from './resolve-sources.ts'

/** Group name to the ids of its sources, in the order of the file. */
export type Groups = Readonly<Record<string, readonly string[]>>

/** Reads `groups`, and what entries say of themselves. A disabled source is left out of its groups without a word. */
export function resolveGroups(block: ServersFile['groups'], known: ResolvedSources, findings: Findings): Groups {
  const groups = new Map<string, Set<string>>()
  const open = (name: string, path: Path): Set<string> => {
    const group = groups.get(name) ?? new Set()
    if (!groups.has(name)) {
      if (!/^[A-Za-z0-9_-]{1,100}$/.test(name)) {
        findings.problem(path, 'is no name for a group: 1 to 100 of the characters A-Z, a-z, 0-9, _ and -.')
      } else if ([...known.ids.values()].includes(name))
        findings.problem(path, 'is the name of a source as well; rename one of them, since both are endpoints.')
    }
    groups.set(name, group)
    return group
  }
  for (const [name, members] of Object.entries(block ?? {})) {
    const path = ['groups', name]
    if (findings.spoiled(path)) continue
    const group = open(name, path)
    for (const id of findSources(members, path, known, findings)) group.add(id)
  }
  for (const { group, id, path } of known.joins) open(group, path).add(id)
  return Object.fromEntries([...groups].map(([name, ids]) => [name, [...ids]]))
}

/** Reads `keys`: checks that each is a secret worth the name, and turns groups into the ids of their sources. */
export function resolveKeys(
  block: ServersFile['keys'],
  known: ResolvedSources,
  groups: Groups,
  findings: Findings,
): KeyConfig[] {
  const seen = new Set<string>()
  return namedEntries<KeyEntry, 'id'>(block, 'id', ['keys'], findings).map(({ name, path, entry }) => {
    const weakness =
      whyWeak(entry.key) ?? (seen.has(entry.key) ? 'is the same secret as that of another key.' : undefined)
    if (weakness !== undefined) findings.problem([...path, 'key'], weakness)
    seen.add(entry.key)
    return { id: name, key: entry.key, access: resolveAccess(entry, path, known, groups, findings) }
  })
}

/** Neither `servers` nor `groups` means every source; one of them, even empty, means no others. */
function resolveAccess(
  { servers, groups: names, tools, callerServers }: KeyEntry,
  path: Path,
  known: ResolvedSources,
  groups: Groups,
  findings: Findings,
): Access {
  const sources = new Set(findSources(servers ?? [], [...path, 'servers'], known, findings))
  names?.forEach((name, index) => {
    const members = Object.hasOwn(groups, name) ? groups[name] : undefined
    if (members === undefined) {
      findings.problem([...path, 'groups', index], `names no group${suggest(name, Object.keys(groups))}`)
    }
    for (const id of members ?? []) sources.add(id)
  })
  return {
    ...((servers !== undefined || names !== undefined) && { sources: [...sources] }),
    ...(tools !== undefined && { tools }),
    ...(callerServers !== undefined && { callerServers }),
  }
}

function findSources(names: readonly string[], path: Path, known: ResolvedSources, findings: Findings): string[] {
  return names.flatMap((name, index) => {
    const id = known.ids.get(name)
    if (id === undefined) findings.problem([...path, index], `names no source${suggest(name, [...known.ids.keys()])}`)
    return id === undefined || known.disabled.has(id) ? [] : [id]
  })
}

const minKeyLength = 16

/** Words that examples use in place of a secret. */
const placeholder =
  /^(?:change|me|this|please|replace|secret|password|passwd|placeholder|example|insert|your|my|the|a|api|key|token|here|value|todo|test|dummy|default|admin|sk|x+|0+|1234567890|123456789|12345678|1234)+$/

function whyWeak(key: string): string | undefined {
  if (key === '') return 'is empty.'
  if (key.length < minKeyLength) return `must have at least ${minKeyLength} characters.`
  if (!/^[\x21-\x7e]+$/.test(key)) return 'may hold visible ASCII characters only, no spaces or line breaks.'
  if (placeholder.test(key.toLowerCase().replace(/[^a-z0-9]/g, ''))) return 'is a placeholder; make a random one.'
  if (new Set(key).size < 5) return 'repeats too few characters; make a random one.'
  return undefined
}
