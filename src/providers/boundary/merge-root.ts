import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/**
 * Merges what is combined at the root of a tool's schema into it: no `oneOf`, `anyOf`, `allOf` or `$ref` is left there,
 * which Claude's API and the models behind Converse refuse.
 *
 * The result is never stricter than the schema was: properties of all branches are offered, those that differ between
 * branches as `anyOf`; required is what `allOf` requires and what every branch of `oneOf` or `anyOf` requires; the branches
 * are told in the description. Below the root nothing is merged. Never changes what it is given.
 */
export function mergeRoot(schema: JsonObject): JsonObject {
  if (!combinators.some(word => word in schema)) return schema
  return flatten(schema, { root: schema, open: new Set(), budget: { left: maxMerges } })
}

const combinators = ['oneOf', 'anyOf', 'allOf', '$ref'] as const

/** How many schemas may be merged into one root; recursive documents would never end. */
const maxMerges = 500

type Context = Readonly<{ root: JsonObject; open: ReadonlySet<string>; budget: { left: number } }>

/** The input of a tool is an object always, so a branch for anything else is never taken. */
export function mayBeObject({ type }: JsonObject): boolean {
  return type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object'))
}

/** Merges what is combined at the root of a schema into it. */
function flatten(schema: JsonObject, context: Context): JsonObject {
  const { oneOf, anyOf, allOf, $ref: ref, ...own } = schema
  context.budget.left -= 1
  if (context.budget.left < 0) return own
  const target = typeof ref === 'string' ? follow(ref, context) : undefined
  const all = [...(target ? [target] : []), ...listOf(allOf).map(branch => flatten(branch, context))]
  const merged = all.reduce(mergeAll, own)
  return [listOf(oneOf), listOf(anyOf)]
    .filter(branches => branches.length > 0)
    .map(branches => branches.map(branch => flatten(branch, context)).filter(mayBeObject))
    .filter(branches => branches.length > 0)
    .reduce(mergeAny, merged)
}

/** A reference within the document, once; one that leads nowhere, or back to itself, allows anything. */
function follow(ref: string, context: Context): JsonObject | undefined {
  if (context.open.has(ref)) return undefined
  let node: unknown = context.root
  if (ref !== '#' && !ref.startsWith('#/')) return undefined
  for (const word of ref.split('/').slice(1)) {
    const key = unescapeWord(word)
    node = (isObject(node) || Array.isArray(node)) && Object.hasOwn(node, key) ? (node as JsonObject)[key] : undefined
  }
  return isObject(node) ? flatten(node, { ...context, open: new Set([...context.open, ref]) }) : undefined
}

function unescapeWord(word: string): string {
  const plain = word.replaceAll('~1', '/').replaceAll('~0', '~')
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}

/** Both hold: everything that either requires is required. A key that both describe may be either. */
function mergeAll(a: JsonObject, b: JsonObject): JsonObject {
  const { additionalProperties: _, ...open } = { ...b, ...a }
  return {
    ...open,
    properties: joinProperties([a, b]),
    ...requiredField([...requiredOf(a), ...requiredOf(b)]),
  }
}

/** One of them holds: required is only what all of them require. */
function mergeAny(schema: JsonObject, branches: readonly JsonObject[]): JsonObject {
  const { additionalProperties: _, ...open } = schema
  const [first, ...others] = branches
  const shared =
    first === undefined ? [] : requiredOf(first).filter(key => others.every(it => requiredOf(it).includes(key)))
  const isClosed = branches.every(branch => branch.additionalProperties === false)
  const note = describeBranches(branches)
  const description = [typeof schema.description === 'string' ? schema.description : '', note]
    .filter(Boolean)
    .join('\n')
  return {
    ...open,
    properties: joinProperties([schema, ...branches]),
    ...requiredField([...requiredOf(schema), ...shared]),
    ...(isClosed && { additionalProperties: false }),
    ...(description !== '' && { description }),
  }
}

function joinProperties(schemas: readonly JsonObject[]): JsonObject {
  const found = new Map<string, unknown[]>()
  for (const { properties } of schemas) {
    for (const [key, value] of Object.entries(isObject(properties) ? properties : {})) {
      const known = found.get(key) ?? []
      found.set(key, known.some(other => JSON.stringify(other) === JSON.stringify(value)) ? known : [...known, value])
    }
  }
  return Object.fromEntries([...found].map(([key, values]) => [key, values.length > 1 ? { anyOf: values } : values[0]]))
}

function describeBranches(branches: readonly JsonObject[]): string {
  const groups = branches.map(requiredOf).filter(keys => keys.length > 0)
  if (branches.length < 2 || groups.length < branches.length) return ''
  return `Give the properties of one of these groups: ${groups.map(keys => keys.join(', ')).join('; or ')}.`
}

function requiredOf({ required }: JsonObject): readonly string[] {
  return Array.isArray(required) ? required.filter(key => typeof key === 'string') : []
}

function requiredField(keys: readonly string[]): { required?: readonly string[] } {
  return keys.length > 0 ? { required: [...new Set(keys)] } : {}
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}
