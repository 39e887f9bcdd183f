import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Resolved, Unresolved } from './joined-files.ts'
import { filesKey, ownFragment, readFailure, wasJoined } from './joined-files.ts'
import { UnusableOperation } from './operation.ts'

/** No honest document chains more references than this without anything between them. */
const maxHops = 100

/**
 * Follows `$ref` until something that is not a reference; a value without one is returned as it is.
 *
 * Only references inside the document (`#/...`) are followed, which those to files that were joined to it have become:
 * nothing is ever read or fetched here. Only own properties count, so `#/constructor` leads nowhere.
 */
export function resolveRef(document: JsonObject, value: unknown): Resolved {
  let node = value
  for (let hops = 0; isObject(node) && typeof node.$ref === 'string'; hops += 1) {
    const ref: string = node.$ref
    const local = toLocal(document, ref)
    if (local === undefined) return { ok: false, code: 'REF_REMOTE', ref, why: explainRemote(document) }
    if (hops === maxHops) return { ok: false, code: 'REF_CYCLE', ref }
    const found = find(document, local)
    if (!found.ok) return found.code === 'REF_MISSING' ? explainMissing(document, ref) : found
    node = found.value
  }
  return { ok: true, value: node }
}

/** What one reference names, which may be a reference itself; undefined where it leads nowhere. */
export function lookUp(document: JsonObject, ref: string): unknown {
  const local = toLocal(document, ref)
  const found = local === undefined ? undefined : find(document, local)
  return found?.ok ? found.value : undefined
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

/** {@link resolveRef} for an object that may be done without: undefined where there is none. */
export function follow(document: JsonObject, value: unknown): JsonObject | undefined {
  const resolved = resolveRef(document, value)
  return resolved.ok && isObject(resolved.value) ? resolved.value : undefined
}

/** {@link followRef} for each entry of a map, such as the media types that 3.2 lets stand elsewhere. */
export function followEntries(document: JsonObject, map: JsonObject): JsonObject {
  if (!Object.values(map).some(each => isObject(each) && each.$ref !== undefined)) return map
  return Object.fromEntries(Object.entries(map).map(([name, each]) => [name, followRef(document, each)]))
}

/** Says in words why a reference leads nowhere, quoting at most 120 characters of it. */
export function explainRef({ code, ref, why }: Omit<Unresolved, 'ok'>): string {
  const quoted = `"${showRef(ref).slice(0, 120)}"`
  if (why !== undefined) return `${quoted} ${why}`
  if (code === 'REF_CYCLE') return `${quoted} is part of a circle of references, or of more than ${maxHops} in a row.`
  return `${quoted} points to nothing in the document.`
}

/** Whether a reference leads to another file: what it means is not known, so that it cannot be done without. */
export function isElsewhere({ code }: Pick<Unresolved, 'code'>): boolean {
  return code === 'REF_REMOTE' || code === 'REF_UNREADABLE'
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

/** What a pointer into a joined file is in the file itself: `Pet` for all of `schemas/Pet.yaml`; others as they are. */
export function withoutFile(segments: readonly string[]): readonly string[] {
  const [first, file = '', ...rest] = segments
  if (first !== filesKey) return segments
  return rest.length > 0 ? rest : [file.replace(/^.*\//, '').replace(/(.)\.[^.]*$/, '$1')]
}

function toLocal(document: JsonObject, ref: string): string | undefined {
  return ref === '' || ref.startsWith('#') ? ref : ownFragment(document, ref)
}

function explainRemote(document: JsonObject): string {
  return wasJoined(document)
    ? "points outside the document's own directory or origin, and nothing is read from there."
    : 'points outside the document. "externalRefs": true in its entry reads the files that lie beside it.'
}

function explainMissing(document: JsonObject, ref: string): Unresolved {
  const [first, file] = splitPointer(ref) ?? []
  const failure = first === filesKey && file !== undefined ? readFailure(document, file) : undefined
  return failure === undefined
    ? { ok: false, code: 'REF_MISSING', ref }
    : { ok: false, code: 'REF_UNREADABLE', ref, why: failure }
}

/** The reference to a joined file as it would stand in the document: `schemas/Pet.yaml#/Pet`. */
function showRef(ref: string): string {
  const [first, file, ...rest] = splitPointer(ref) ?? []
  if (first !== filesKey || file === undefined) return ref
  return rest.length === 0 ? file : `${file}#${rest.map(segment => `/${pointerSegment(segment)}`).join('')}`
}

/** One document's references name the same few things thousands of times. Documents are never changed. */
const foundIn = new WeakMap<JsonObject, Map<string, Resolved>>()

function find(document: JsonObject, ref: string): Resolved {
  const known = foundIn.get(document) ?? new Map<string, Resolved>()
  foundIn.set(document, known)
  const before = known.get(ref)
  if (before !== undefined) return before
  // Whoever comes back to it on the way to it is in a circle, and finds nothing.
  known.set(ref, { ok: false, code: 'REF_MISSING', ref })
  const found = walk(document, ref)
  known.set(ref, found)
  return found
}

/** Where a map is itself a reference (`schemas: { $ref: "schemas/index.yaml" }`), the pointer goes on behind it. */
function walk(document: JsonObject, ref: string): Resolved {
  const missing: Unresolved = { ok: false, code: 'REF_MISSING', ref }
  const segments = splitPointer(ref)
  if (segments === undefined) return missing
  let node: unknown = document
  for (const segment of segments) {
    if (isObject(node) && !Object.hasOwn(node, segment)) {
      const behind = resolveRef(document, node)
      if (!behind.ok) return behind
      node = behind.value
    }
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, segment)) return missing
    node = (node as JsonObject)[segment]
  }
  return node === undefined ? missing : { ok: true, value: node }
}
