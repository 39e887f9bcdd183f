/**
 * What the star of a pattern such as `openai/*` stands for in a name; undefined where they do not fit, or where there is no
 * star. It stands for one character at least.
 */
export function starOf(pattern: string, name: string): string | undefined {
  const at = pattern.indexOf('*')
  if (at < 0) return undefined
  const [before, behind] = [pattern.slice(0, at), pattern.slice(at + 1)]
  const fits = name.length > before.length + behind.length && name.startsWith(before) && name.endsWith(behind)
  return fits ? name.slice(before.length, name.length - behind.length) : undefined
}
