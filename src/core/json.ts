/** A JSON object whose keys nobody promised: what crosses Patchbay without being looked at. */
export type JsonObject = Readonly<Record<string, unknown>>

/** True for a plain JSON object; false for null, arrays and scalars. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Tells whether a parsed value nests deeper than `maxDepth` levels of objects and arrays.
 *
 * `JSON.parse` takes a million nested arrays, but `JSON.stringify`, clones and walkers overflow the stack from about
 * 5,000 on, so every document that comes from outside is measured once, right after it was parsed.
 *
 * @param maxDepth - a flat object has depth 1
 */
export function isDeeperThan(value: unknown, maxDepth: number): boolean {
  const open: [unknown, number][] = [[value, 1]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, depth] = next
    if (typeof node !== 'object' || node === null) continue
    if (depth > maxDepth) return true
    for (const child of Array.isArray(node) ? node : Object.values(node)) {
      if (typeof child === 'object' && child !== null) open.push([child, depth + 1])
    }
  }
  return false
}
