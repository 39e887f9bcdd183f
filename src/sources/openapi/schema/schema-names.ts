import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { UnusableOperation } from '../document/operation.ts'
import { explainRef, isElsewhere, resolveRef, splitPointer, withoutFile } from '../document/resolve-ref.ts'
import type { Warn } from '../document/warning.ts'

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
  /**
   * A reference to a second form of what a reference points to, which is named like it: once for each set of names that
   * it must not require. Of one document so many are made, and what is asked for after that is the first form.
   *
   * @param change - makes that form
   */
  vary: (ref: string, without: ReadonlySet<string>, change: (target: JsonObject) => JsonObject) => string
}>

/** No honest document needs more; one that is made for it could ask for a form of everything in everything. */
const maxForms = 1_000

/**
 * Names the schemas that one document refers to: `#/components/schemas/Pet` and `#/definitions/Pet` become `Pet`, others
 * the path to them; `_2`, `_3`, ... where two references meet on one name.
 *
 * @param warn - is told once for each reference that leads nowhere
 */
export function schemaNames(document: JsonObject, warn: Warn): SchemaNames {
  const names = new Map<string, string | undefined>()
  const refs = new Map<string, string>()
  const forms = new Map<string, Readonly<{ of: string; target: JsonObject }>>()

  const give = (ref: string): string | undefined => {
    const form = forms.get(ref)
    const resolved = resolveRef(document, { $ref: form?.of ?? ref })
    if (!resolved.ok && !isElsewhere(resolved)) {
      const code = resolved.code === 'REF_CYCLE' ? 'REF_CYCLE' : 'REF_MISSING'
      warn(`A schema's reference ${explainRef({ ...resolved, ref })} Anything is accepted in its place.`, code)
      return undefined
    }
    const wanted = nameFor(form?.of ?? ref)
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
      const form = forms.get(ref)
      if (form !== undefined) return form.target
      const resolved = resolveRef(document, { $ref: ref })
      if (resolved.ok) return resolved.value
      throw new UnusableOperation(resolved.code, `A schema's reference ${explainRef(resolved)}`)
    },
    vary: (ref, without, change) => {
      const resolved = resolveRef(document, { $ref: ref })
      const form = JSON.stringify([ref, ...[...without].sort()])
      if (forms.has(form)) return form
      if (!resolved.ok || !isObject(resolved.value) || forms.size >= maxForms) return ref
      // Known before it is made: it may refer to itself.
      const made: { of: string; target: JsonObject } = { of: ref, target: resolved.value }
      forms.set(form, made)
      made.target = change(resolved.value)
      return form
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
