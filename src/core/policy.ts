/**
 * What a caller may see and call. An absent list means no limit; an empty one means nothing.
 *
 * `sources` are ids, groups already resolved. `tools` are public names, `*` matching any run of characters.
 */
export type Access = Readonly<{ sources?: readonly string[]; tools?: readonly string[] }>

/** The one rule for seeing and for calling: what is not listed for a caller cannot be called by them either. */
export function allows(access: Access, entry: Readonly<{ sourceId: string; key: string; name: string }>): boolean {
  if (access.sources !== undefined && !access.sources.includes(entry.sourceId)) return false
  return access.tools === undefined || matchesAny(access.tools, [entry.name, `${entry.sourceId}__${entry.key}`])
}

/** What both accesses allow. Of two patterns that overlap without one holding the other, nothing is left. */
export function intersect(a: Access, b: Access): Access {
  const sources = a.sources && b.sources ? a.sources.filter(id => b.sources?.includes(id)) : (a.sources ?? b.sources)
  const tools = a.tools && b.tools ? narrower(a.tools, b.tools) : (a.tools ?? b.tools)
  return { ...(sources && { sources }), ...(tools && { tools }) }
}

/** True when one of the patterns matches one of the names as a whole; `*` matches any run of characters, case counts. */
export function matchesAny(patterns: readonly string[], names: readonly string[]): boolean {
  return patterns.some(pattern => names.some(name => matches(pattern, name)))
}

/** A pattern that matches another one's text, stars and all, matches whatever that one does. */
function narrower(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a.filter(name => matchesAny(b, [name])), ...b.filter(name => matchesAny(a, [name]))])]
}

/** Linear in the name for each `*`, without a regular expression, so a pattern can never hang the process. */
function matches(pattern: string, name: string): boolean {
  const [head = '', ...parts] = pattern.split('*')
  if (parts.length === 0) return pattern === name
  if (!name.startsWith(head)) return false
  const tail = parts.pop() ?? ''
  let at = head.length
  for (const part of parts) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - tail.length >= at && name.endsWith(tail)
}
