import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { lookUp } from '../document/resolve-ref.ts'

/** Which properties of one document's schemas are left out, since only the other direction carries them. */
export type LeftOut = Readonly<{
  /**
   * Whether a property with this schema is left out: it is marked itself, or by its reference, or by a part of its
   * `allOf` (JSON Schema 2020-12, Validation 9.4: true wins where several say something).
   */
  isMarked: (raw: unknown) => boolean
  /** The properties that an object leaves out: its own, and those of its reference and of the parts of its `allOf`. */
  namesOf: (raw: unknown) => ReadonlySet<string>
}>

/** Below this nothing counts as marked; a reference is a level of its own. */
const maxDepth = 200

/** Nearly every schema leaves out nothing: one set for them all, never changed. */
const none: ReadonlySet<string> = new Set()

/** Makes the look-up for one document; each of its schemas is looked at once. */
export function findLeftOut(document: JsonObject, mark: 'readOnly' | 'writeOnly'): LeftOut {
  const marked = new WeakMap<JsonObject, boolean>()
  const names = new WeakMap<JsonObject, ReadonlySet<string>>()

  const isMarked = (raw: unknown, depth: number): boolean => {
    if (!isObject(raw)) return false
    if (raw[mark] === true) return true
    if (raw.$ref === undefined && raw.allOf === undefined) return false
    const known = marked.get(raw)
    if (known !== undefined || depth > maxDepth) return known ?? false
    // Whoever comes back to it on the way is in a circle, and learns nothing new.
    marked.set(raw, false)
    const found = partsOf(document, raw).some(part => isMarked(part, depth + 1))
    marked.set(raw, found)
    return found
  }

  const namesOf = (raw: unknown, depth: number): ReadonlySet<string> => {
    if (!isObject(raw)) return none
    const known = names.get(raw)
    if (known !== undefined || depth > maxDepth) return known ?? none
    names.set(raw, none)
    const found = new Set<string>()
    const written = isObject(raw.properties) ? raw.properties : {}
    const properties = typeof written.$ref === 'string' ? lookUp(document, written.$ref) : written
    if (isObject(properties)) {
      for (const name of Object.keys(properties)) if (isMarked(properties[name], 0)) found.add(name)
    }
    for (const part of partsOf(document, raw)) for (const name of namesOf(part, depth + 1)) found.add(name)
    if (found.size === 0) return none
    names.set(raw, found)
    return found
  }

  return { isMarked: raw => isMarked(raw, 0), namesOf: raw => namesOf(raw, 0) }
}

function partsOf(document: JsonObject, { $ref, allOf }: JsonObject): readonly unknown[] {
  const parts: readonly unknown[] = Array.isArray(allOf) ? allOf : []
  return typeof $ref === 'string' ? [lookUp(document, $ref), ...parts] : parts
}
