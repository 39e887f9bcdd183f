import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { UnusableOperation } from './operation.ts'

/** What a reference leads to, or why it leads nowhere. */
export type Resolved = Readonly<
  { ok: true; value: unknown } | { ok: false; code: 'REF_REMOTE' | 'REF_MISSING' | 'REF_CYCLE'; ref: string }
>

/** No honest document chains more references than this without anything between them. */
const maxHops = 100

/**
 * Follows `$ref` until something that is not a reference; a value without one is returned as it is.
 *
 * Only references inside the document (`#/...`) are followed: nothing is ever read or fetched. Only own properties
 * count, so `#/constructor` leads nowhere.
 */
export function resolveRef(document: JsonObject, value: unknown): Resolved {
  let node = value
  for (let hops = 0; isObject(node) && typeof node.$ref === 'string'; hops += 1) {
    const ref: string = node.$ref
    if (ref !== '' && !ref.startsWith('#')) return { ok: false, code: 'REF_REMOTE', ref }
    if (hops === maxHops) return { ok: false, code: 'REF_CYCLE', ref }
    const found = find(document, ref)
    if (found === undefined) return { ok: false, code: 'REF_MISSING', ref }
    node = found
  }
  return { ok: true, value: node }
}

/**
 * {@link resolveRef} for what an operation cannot do without.
 *
 * @throws UnusableOperation naming the reference
 */
export function followRef(document: JsonObject, value: unknown): unknown {
  const resolved = resolveRef(document, value)
  if (resolved.ok) return resolved.value
  throw new UnusableOperation(resolved.code, explainRef(resolved))
}

/** Says in words why a reference leads nowhere, quoting at most 120 characters of it. */
export function explainRef({ code, ref }: Readonly<{ code: string; ref: string }>): string {
  const quoted = `"${ref.slice(0, 120)}"`
  if (code === 'REF_REMOTE') return `${quoted} points outside the document, and only references inside it are followed.`
  if (code === 'REF_CYCLE') return `${quoted} is part of a circle of references with nothing in it.`
  return `${quoted} points to nothing in the document.`
}

/** The segments of `#/a/b~1c`, decoded; undefined when it is not a JSON Pointer below the root (RFC 6901, section 6). */
export function splitPointer(ref: string): readonly string[] | undefined {
  if (!ref.startsWith('#/')) return undefined
  let pointer = ref.slice(2)
  try {
    pointer = decodeURIComponent(pointer)
  } catch {
    // A lone `%` is taken as it stands: the name of a schema may hold one.
  }
  return pointer.split('/').map(segment => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** Writes one segment of a JSON Pointer (RFC 6901, section 3). */
export function pointerSegment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** One document's references name the same few things thousands of times. Documents are never changed. */
const foundIn = new WeakMap<JsonObject, Map<string, unknown>>()

function find(document: JsonObject, ref: string): unknown {
  const known = foundIn.get(document) ?? new Map<string, unknown>()
  foundIn.set(document, known)
  if (!known.has(ref)) known.set(ref, walk(document, splitPointer(ref)))
  return known.get(ref)
}

function walk(document: JsonObject, segments: readonly string[] | undefined): unknown {
  if (segments === undefined) return undefined
  let node: unknown = document
  for (const segment of segments) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, segment)) return undefined
    node = (node as JsonObject)[segment]
  }
  return node
}
