import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/** A schema on its way: the document that its references point into, and what was followed to get here. */
export type Place = Readonly<{ root: JsonObject; followed: readonly string[] }>

/** How many `allOf` and `$ref` one node may go through. */
const maxSteps = 32

/**
 * Gives a node without `$ref` and `allOf`: references within the document are put in place, members of `allOf` are
 * merged, and what the node says itself comes first.
 *
 * Total: a reference that leads back to itself, leaves the document or points nowhere becomes the type it names, or
 * nothing. A node that is no object, such as `true`, allows anything and comes back empty.
 */
export function expandSchema(node: unknown, place: Place): { node: JsonObject; place: Place } {
  const steps = { left: maxSteps }
  return isObject(node) ? expand(node, place, steps) : { node: {}, place }
}

function expand(start: JsonObject, place: Place, steps: { left: number }): { node: JsonObject; place: Place } {
  let node = start
  let followed = place.followed
  while (typeof node.$ref === 'string') {
    const { $ref, ...own } = node
    const target = pointAt(place.root, String($ref))
    steps.left -= 1
    if (!isObject(target) || steps.left < 0) node = own
    else if (followed.includes(String($ref))) node = { ...bareType(target), ...own }
    else node = { ...target, ...own }
    followed = followed.includes(String($ref)) ? followed : [...followed, String($ref)]
    if (node.$ref === $ref) node = own
  }
  const { allOf, ...own } = node
  if (!Array.isArray(allOf)) return { node, place: { ...place, followed } }
  let merged: JsonObject = own
  let all = followed
  for (const member of allOf) {
    steps.left -= 1
    if (steps.left < 0 || !isObject(member)) continue
    const part = expand(member, { ...place, followed }, steps)
    merged = merge(merged, part.node)
    all = [...new Set([...all, ...part.place.followed])]
  }
  return { node: merged, place: { ...place, followed: all } }
}

/** What stands for a schema inside itself: its type, without what is in it. */
function bareType(target: JsonObject): JsonObject {
  const { type, description } = target
  return { type: type ?? 'object', ...(description !== undefined && { description }) }
}

function merge(a: JsonObject, b: JsonObject): JsonObject {
  const properties = { ...asObject(b.properties), ...asObject(a.properties) }
  const required = [...asList(a.required), ...asList(b.required)]
  return {
    ...b,
    ...a,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  }
}

/** Follows a JSON Pointer in a fragment (`#/$defs/x`); undefined for anything else. */
function pointAt(root: JsonObject, reference: string): unknown {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  let node: unknown = root
  for (const raw of reference.slice(2).split('/')) {
    const key = decode(raw).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined
    node = (node as JsonObject)[key]
  }
  return node
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
