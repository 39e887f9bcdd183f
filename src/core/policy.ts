/**
 * What a caller may see and call. An absent list means no limit; an empty one means nothing.
 *
 * `sources` are ids, groups already resolved. `tools` are public names, `*` matching any run of characters.
 * `callerServers` says whether it may name servers of its own, see {@link mayNameServers}.
 */
export type Access = Readonly<{ sources?: readonly string[]; tools?: readonly string[]; callerServers?: boolean }>

/**
 * The one rule for seeing and for calling: what is not listed for a caller cannot be called by them either.
 *
 * A gate is allowed where any tool of its source could be: which of them may be used is then asked for each.
 */
export function allows(
  access: Access,
  entry: Readonly<{ sourceId: string; key: string; name: string; gate?: string }>,
): boolean {
  if (access.sources !== undefined && !access.sources.includes(entry.sourceId)) return false
  if (access.tools === undefined) return true
  if (entry.gate === undefined) return matchesAny(access.tools, [entry.name, `${entry.sourceId}__${entry.key}`])
  const beginnings = [entry.gate, `${entry.sourceId}__`]
  return access.tools.some(pattern => beginnings.some(beginning => mayBegin(pattern, beginning)))
}

/**
 * Whether a caller may connect to MCP servers that it names itself, where the operator allows any: by default one whose
 * access is not limited to some servers or tools.
 */
export function mayNameServers({ callerServers, sources, tools }: Access): boolean {
  return callerServers ?? (sources === undefined && tools === undefined)
}

/** Which of its tools a source offers at all: the rules of its entry. Beside an allowed list the other has no effect. */
export type OfferRules = Readonly<{ allowedTools?: readonly string[]; disallowedTools?: readonly string[] }>

/** Tells whether a source offers a tool, by any of the names that people know it by. */
export function isOffered({ allowedTools, disallowedTools }: OfferRules, names: readonly string[]): boolean {
  if (allowedTools !== undefined) return matchesAny(allowedTools, names)
  return disallowedTools === undefined || !matchesAny(disallowedTools, names)
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

/** True when the pattern matches some name that begins like this. */
function mayBegin(pattern: string, beginning: string): boolean {
  const [head = '', ...parts] = pattern.split('*')
  return head.startsWith(beginning) || (parts.length > 0 && beginning.startsWith(head))
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
