import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { lookUp } from '../document/resolve-ref.ts'
import type { LeftOut } from './left-out.ts'
import type { SchemaNames } from './schema-names.ts'

/** What decides whether a reference may stay as it is. */
export type RequireParts = Readonly<{ document: JsonObject; leftOut: LeftOut; names: Pick<SchemaNames, 'vary'> }>

/** Where schemas hold for the same object. */
const branches = ['allOf', 'anyOf', 'oneOf'] as const

/** More of what one reference leads to is not looked through: no honest schema is put together of so many. */
const maxLooked = 200

/**
 * Requires nothing that is left out (OpenAPI 3.0, Schema Object, "readOnly"), neither of an object itself nor in the
 * parts and branches that it is made of, where one often requires what another describes. A definition that does, and is
 * right for others, gets a second form; see {@link SchemaNames.vary}.
 *
 * @param raw - the document's schema, which is never changed
 * @returns the very same schema where nothing is required in vain, which is nearly always
 */
export function requireNothingLeftOut(raw: JsonObject, parts: RequireParts): JsonObject {
  if (!requiresSomewhere(raw)) return raw
  const names = parts.leftOut.namesOf(raw)
  return names.size === 0 ? raw : forget(raw, names, parts)
}

/** A schema that only refers to another one says nothing of its own, and the other one is looked at by itself. */
function requiresSomewhere(raw: JsonObject): boolean {
  if (raw.required !== undefined) return true
  const isMade = branches.some(keyword => raw[keyword] !== undefined)
  return isMade || (raw.$ref !== undefined && raw.properties !== undefined)
}

function forget(raw: JsonObject, names: ReadonlySet<string>, parts: RequireParts): JsonObject {
  let copy: Record<string, unknown> | undefined
  const set = (keyword: string, value: unknown): void => {
    copy ??= { ...raw }
    copy[keyword] = value
  }
  const { required, $ref: ref } = raw
  if (Array.isArray(required) && required.some(name => names.has(name))) {
    set(
      'required',
      required.filter(name => !names.has(name)),
    )
  }
  for (const keyword of branches) {
    const list = raw[keyword]
    if (!Array.isArray(list)) continue
    const next = list.map(each => (isObject(each) ? forget(each, names, parts) : each))
    if (next.some((each, index) => each !== list[index])) set(keyword, next)
  }
  if (typeof ref === 'string') {
    const vain = requiredInVain(ref, names, parts)
    if (vain.size > 0)
      set(
        '$ref',
        parts.names.vary(ref, vain, target => forget(target, vain, parts)),
      )
  }
  return copy ?? raw
}

/** The names that a definition requires, as it is shown: what it leaves out itself, it requires no more. */
function requiredInVain(
  ref: string,
  names: ReadonlySet<string>,
  { document, leftOut }: RequireParts,
): ReadonlySet<string> {
  const found = new Set<string>()
  const looked = new Set<JsonObject>()
  const look = (schema: unknown, wanted: ReadonlySet<string>): void => {
    if (!isObject(schema) || looked.has(schema) || looked.size >= maxLooked) return
    looked.add(schema)
    const own = leftOut.namesOf(schema)
    const left = own.size === 0 ? wanted : new Set([...wanted].filter(name => !own.has(name)))
    if (Array.isArray(schema.required)) for (const name of schema.required) if (left.has(name)) found.add(name)
    if (typeof schema.$ref === 'string') look(lookUp(document, schema.$ref), left)
    for (const keyword of branches) {
      const list = schema[keyword]
      if (Array.isArray(list)) for (const each of list) look(each, left)
    }
  }
  look(lookUp(document, ref), names)
  return found
}
