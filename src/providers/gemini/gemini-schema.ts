import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Place } from './expand-schema.ts'
import { expandSchema } from './expand-schema.ts'
import { hintsOf } from './schema-hints.ts'

const types = ['string', 'number', 'integer', 'boolean', 'array', 'object'] as const
type TypeName = (typeof types)[number]

/** Bounds on one schema; below them only types are given. The API answers too much of either with a bare 400. */
const maxDepth = 20
const maxNodes = 2_000

/**
 * Writes the schema of a function's parameters as Google's `Schema`, the subset of OpenAPI 3.0 that the Gemini API and
 * every version of Vertex take alike. Total: whatever it is given, the result holds allowed keywords only, and what
 * they cannot say (patterns, lengths, counts, constants, defaults) is told in the description.
 *
 * `type` is one of Google's names and never a list; `anyOf` stands alone, as Vertex wants it; `null` is `nullable`;
 * `enum` is of texts; references are put in place and cut where they lead back to themselves; arrays have `items`;
 * `required` names properties that exist. `maxItems` is never sent: past a sum over all tools the API fails without a
 * word (googleapis/python-genai#2170).
 */
export function toGeminiSchema(parameters: JsonObject): JsonObject {
  const known = written.get(parameters)
  if (known !== undefined) return known
  const walk: Walk = { left: maxNodes }
  const { node, place } = foldAlternatives(expandSchema(parameters, { root: parameters, followed: [] }))
  const { nullable: _, ...schema } = writeType('object', node, place, walk, 0)
  // A function without parameters has an object without properties: mode ANY fails without it (python-genai#981).
  const result = { ...schema, properties: schema.properties ?? {} }
  written.set(parameters, result)
  written.set(result, result)
  return result
}

const written = new WeakMap<JsonObject, JsonObject>()

type Walk = { left: number }

type Expanded = ReturnType<typeof expandSchema>

function writeNode(raw: unknown, from: Place, walk: Walk, depth: number): JsonObject {
  walk.left -= 1
  const { node, place } = expandSchema(raw, from)
  const own = typesOf(node)
  const isNullable = node.nullable === true || own.hasNull
  const branches = own.names.length === 0 ? alternativesOf(node, place) : []
  const choices = branches.filter(branch => !isNull(branch.node))
  const nullable = isNullable || choices.length < branches.length
  if (own.names.length === 0 && choices.length > 0 && depth < maxDepth && walk.left > 0) {
    const flat = choices.flatMap(branch => {
      const inner = writeNode(branch.node, branch.place, walk, depth + 1)
      return Array.isArray(inner.anyOf) ? (inner.anyOf as JsonObject[]) : [inner]
    })
    return joinBranches(flat, node, nullable)
  }
  const names = own.names.length > 0 ? own.names : inferTypes(node)
  if (names.length === 0) {
    return hasOnlyNull(node, own.hasNull) ? { type: 'STRING', nullable: true } : joinBranches(anything, node, nullable)
  }
  const inner = names.includes('object') ? foldAlternatives({ node, place }) : { node, place }
  const [only, ...more] = names
  if (only !== undefined && more.length === 0) {
    return { ...writeType(only, inner.node, inner.place, walk, depth), ...(nullable && { nullable: true }) }
  }
  const { description: _, ...plain } = inner.node
  return joinBranches(
    names.map(name => writeType(name, plain, inner.place, walk, depth)),
    node,
    nullable,
  )
}

function writeType(name: TypeName, node: JsonObject, place: Place, walk: Walk, depth: number): JsonObject {
  const description = [textOf(node.description), ...hintsOf(name, node)].filter(text => text !== '').join(' ')
  const head = { type: name.toUpperCase(), ...(description !== '' && { description }) }
  const isDeep = depth >= maxDepth || walk.left <= 0
  switch (name) {
    case 'string': {
      const values = [...new Set(enumOf(node).filter(value => typeof value === 'string' && value !== ''))]
      const isTime = node.format === 'date-time'
      return { ...head, ...(values.length > 0 ? { enum: values } : isTime && { format: 'date-time' }) }
    }
    case 'number':
    case 'integer':
      return { ...head, ...boundsOf(name, node) }
    case 'boolean':
      return head
    case 'array': {
      const items = Array.isArray(node.prefixItems) || Array.isArray(node.items) ? undefined : node.items
      return { ...head, items: isDeep ? { type: 'STRING' } : writeNode(items ?? {}, place, walk, depth + 1) }
    }
    case 'object': {
      if (isDeep || !isObject(node.properties)) return head
      const entries = Object.entries(node.properties)
      const properties = entries.map(([key, value]) => [key, writeNode(value, place, walk, depth + 1)] as const)
      if (properties.length === 0) return head
      const keys = new Set(entries.map(([key]) => key))
      const required = Array.isArray(node.required) ? node.required.filter(key => keys.has(key as string)) : []
      return {
        ...head,
        properties: Object.fromEntries(properties),
        ...(required.length > 0 && { required: [...new Set(required)] }),
      }
    }
  }
}

/** `anyOf` must be alone on its node, so what is said of all branches goes to the first. */
function joinBranches(branches: readonly JsonObject[], outer: JsonObject, nullable: boolean): JsonObject {
  const plain = branches.map(({ nullable: own, ...branch }) => ({
    ...branch,
    ...((nullable || own === true) && { nullable: true }),
  }))
  const told = distinct(plain).map(({ type, description: own, ...branch }, index) => {
    const texts = [index === 0 ? textOf(outer.description) : '', textOf(own)]
    const description = [...new Set(texts)].filter(text => text !== '').join(' ')
    return { type, ...(description !== '' && { description }), ...branch }
  })
  const [first, ...more] = distinct(told)
  return first !== undefined && more.length === 0 ? first : { anyOf: distinct(told) }
}

function distinct(schemas: readonly JsonObject[]): JsonObject[] {
  return [...new Map(schemas.map(schema => [JSON.stringify(schema), schema])).values()]
}

/** Anything that JSON has: the API refuses a schema without a type. */
const anything: readonly JsonObject[] = [
  { type: 'STRING' },
  { type: 'NUMBER' },
  { type: 'BOOLEAN' },
  { type: 'OBJECT' },
  { type: 'ARRAY', items: { type: 'STRING' } },
]

/** An object's alternatives become properties that may be there: an object cannot have `anyOf` beside them. */
function foldAlternatives({ node, place }: Expanded): Expanded {
  const all = alternativesOf(node, place)
  const found = all.flatMap(({ node: { properties } }) => (isObject(properties) ? [properties] : []))
  if (found.length === 0) return { node, place }
  const listed = (schema: JsonObject | undefined): unknown[] =>
    Array.isArray(schema?.required) ? (schema.required as unknown[]) : []
  const inAll = listed(all[0]?.node).filter(key => all.every(branch => listed(branch.node).includes(key)))
  const properties = Object.assign({}, ...found, isObject(node.properties) ? node.properties : {}) as JsonObject
  return {
    node: { ...node, properties, required: [...listed(node), ...inAll] },
    place: {
      ...place,
      followed: [...new Set([place, ...all.map(branch => branch.place)].flatMap(({ followed }) => followed))],
    },
  }
}

function alternativesOf(node: JsonObject, place: Place): Expanded[] {
  const list = [node.anyOf, node.oneOf].flatMap(value => (Array.isArray(value) ? (value as unknown[]) : []))
  return list.map(branch => expandSchema(branch, place))
}

function typesOf(node: JsonObject): { names: TypeName[]; hasNull: boolean } {
  const listed = (Array.isArray(node.type) ? node.type : [node.type])
    .filter(name => typeof name === 'string')
    .map(name => name.toLowerCase())
  const names = types.filter(name => listed.includes(name))
  const distinct = names.includes('number') ? names.filter(name => name !== 'integer') : names
  return { names: distinct, hasNull: listed.includes('null') }
}

/** The types that a node without `type` speaks of. */
function inferTypes(node: JsonObject): TypeName[] {
  if (isObject(node.properties) || node.additionalProperties !== undefined) return ['object']
  if (node.items !== undefined || node.prefixItems !== undefined) return ['array']
  const values = enumOf(node).flatMap(value => (value === null ? [] : [Array.isArray(value) ? 'array' : typeof value]))
  if (values.length > 0) return types.filter(name => values.includes(name))
  if (typeof node.pattern === 'string' || typeof node.format === 'string') return ['string']
  if (typeof node.minimum === 'number' || typeof node.maximum === 'number') return ['number']
  return []
}

function enumOf(node: JsonObject): readonly unknown[] {
  if (node.const !== undefined) return [node.const]
  return Array.isArray(node.enum) ? node.enum : []
}

function boundsOf(name: 'number' | 'integer', node: JsonObject): JsonObject {
  const formats = name === 'integer' ? ['int32', 'int64'] : ['float', 'double']
  const step = name === 'integer' ? 1 : undefined
  const least = step !== undefined && isNumber(node.exclusiveMinimum) ? node.exclusiveMinimum + step : node.minimum
  const most = step !== undefined && isNumber(node.exclusiveMaximum) ? node.exclusiveMaximum - step : node.maximum
  return {
    ...(formats.includes(String(node.format)) && { format: node.format }),
    ...(isNumber(least) && { minimum: least }),
    ...(isNumber(most) && { maximum: most }),
  }
}

function isNull(node: JsonObject): boolean {
  return node.type === 'null' || hasOnlyNull(node, false)
}

function hasOnlyNull(node: JsonObject, isTyped: boolean): boolean {
  const values = enumOf(node)
  return (isTyped && values.length === 0) || (values.length > 0 && values.every(value => value === null))
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : ''
}
