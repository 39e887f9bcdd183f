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
  if (typeof value !== 'object' || value === null) return false
  // Nearly every value is shallow, and a function that calls itself sees that without keeping a list of what is open.
  if (!goesBelow(value, Math.min(maxDepth, shallow))) return false
  return maxDepth <= shallow || walksBelow(value, maxDepth)
}

/** Levels for which a function may call itself. */
const shallow = 256

/** Goes no deeper than it is asked to. */
function goesBelow(node: object, levels: number): boolean {
  if (levels <= 0) return true
  if (Array.isArray(node)) {
    for (const child of node) {
      if (typeof child === 'object' && child !== null && goesBelow(child, levels - 1)) return true
    }
    return false
  }
  for (const key in node) {
    const child = (node as JsonObject)[key]
    if (typeof child === 'object' && child !== null && goesBelow(child, levels - 1)) return true
  }
  return false
}

function walksBelow(value: object, maxDepth: number): boolean {
  const open: [object, number][] = [[value, 1]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, depth] = next
    if (depth > maxDepth) return true
    for (const child of Array.isArray(node) ? node : Object.values(node)) {
      if (typeof child === 'object' && child !== null) open.push([child, depth + 1])
    }
  }
  return false
}
