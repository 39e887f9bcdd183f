import type { JsonObject } from '../../../core/json.ts'
import { UnusableOperation } from '../document/operation.ts'
import { explainRef, isElsewhere, resolveRef, splitPointer, withoutFile } from '../document/resolve-ref.ts'

/** Between a document's references and the names of definitions. */
export type SchemaNames = Readonly<{
  /** The name for `$defs`; undefined when the reference leads nowhere. One reference has one name, always. */
  nameOf: (ref: string) => string | undefined
  /** The reference that a name stands for. */
  refOf: (name: string) => string | undefined
  /**
   * What a named reference points to, as the document has it.
   *
   * @throws UnusableOperation when it points outside the document
   */
  targetOf: (ref: string) => unknown
}>

/**
 * Names the schemas that one document refers to: `#/components/schemas/Pet` and `#/definitions/Pet` become `Pet`, others
 * the path to them; `_2`, `_3`, ... where two references meet on one name.
 *
 * @param warn - is told once for each reference that leads nowhere
 */
export function schemaNames(document: JsonObject, warn: (warning: string) => void): SchemaNames {
  const names = new Map<string, string | undefined>()
  const refs = new Map<string, string>()

  const give = (ref: string): string | undefined => {
    const resolved = resolveRef(document, { $ref: ref })
    if (!resolved.ok && !isElsewhere(resolved)) {
      warn(`A schema's reference ${explainRef({ ...resolved, ref })} Anything is accepted in its place.`)
      return undefined
    }
    const wanted = nameFor(ref)
    let name = wanted
    for (let suffix = 2; refs.has(name); suffix += 1) name = `${wanted}_${suffix}`
    refs.set(name, ref)
    return name
  }

  return {
    nameOf: ref => {
      if (!names.has(ref)) names.set(ref, give(ref))
      return names.get(ref)
    },
    refOf: name => refs.get(name),
    targetOf: ref => {
      const resolved = resolveRef(document, { $ref: ref })
      if (resolved.ok) return resolved.value
      throw new UnusableOperation(resolved.code, `A schema's reference ${explainRef(resolved)}`)
    },
  }
}

function nameFor(ref: string): string {
  const segments = withoutFile(splitPointer(ref) ?? [ref])
  const [first, second] = segments
  const named =
    (segments.length === 3 && first === 'components' && second === 'schemas') ||
    (segments.length === 2 && first === 'definitions')
  const name = (named ? segments.slice(-1) : segments).join('_').replace(/[^A-Za-z0-9_.-]/gu, '_')
  return /[A-Za-z0-9]/.test(name) && name !== '__proto__' ? name.slice(-56) : 'Schema'
}
