import { isNeverPassedOn } from '../../../core/header-name.ts'
import type { OpenApiConfig } from '../../../core/source-config.ts'

/** The caller's headers, names in lower case. */
export type CallerHeaders = Readonly<Record<string, string>>

/**
 * Picks the headers of the caller that are passed on to one source.
 *
 * A list of names passes these on as they came. A header that is addressed to the source, `x-mcp-<id>-<header>`, is sent
 * as `<header>` and wins; with a list only for names on it, with `true` for any. Without `forwardHeaders` there is none.
 *
 * @param sourceIds - of every source: `x-mcp-a-b-c` is meant for `a-b` where there is one, and never also for `a`
 */
export function forwardedHeaders(
  { id, forwardHeaders }: Pick<OpenApiConfig, 'id' | 'forwardHeaders'>,
  caller: CallerHeaders,
  sourceIds: () => readonly string[],
): CallerHeaders {
  if (forwardHeaders === undefined) return {}
  const forwarded: Record<string, string> = {}
  for (const name of forwardHeaders === true ? [] : forwardHeaders) {
    const value = Object.hasOwn(caller, name) ? caller[name] : undefined
    if (value !== undefined) forwarded[name] = value
  }
  const prefix = addressPrefix(id)
  const others = sourceIds()
    .map(addressPrefix)
    .filter(other => other.length > prefix.length && other.startsWith(prefix))
  for (const [name, value] of Object.entries(caller)) {
    if (!name.startsWith(prefix) || others.some(other => name.startsWith(other))) continue
    const own = name.slice(prefix.length)
    const isWanted = forwardHeaders === true ? own !== '' && !isNeverPassedOn(own) : forwardHeaders.includes(own)
    if (isWanted) forwarded[own] = value
  }
  return forwarded
}

/** What the headers addressed to a source begin with: its id in lower case, what no header's name may hold as `_`. */
export function addressPrefix(id: string): string {
  return `x-mcp-${id.toLowerCase().replace(/[^!#$%&'*+.^_`|~0-9a-z-]/g, '_')}-`
}
