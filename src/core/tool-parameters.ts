import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'
import { mapSchemas } from './map-schemas.ts'

/**
 * Writes a tool's input schema so that LLM providers take it: one bad schema makes them refuse the whole request.
 *
 * The root becomes a plain object schema (OpenAI and Anthropic refuse `oneOf`, `anyOf`, `allOf` and `$ref` there), with
 * `properties`; every array gets `items`. Property names stay, so arguments need no translation; the source validates
 * against the schema as it was. Kept per schema object, since views live long.
 *
 * @returns the same object where it is fit already; never writes to what it is given
 */
export function toParameters(schema: JsonObject): JsonObject {
  const known = written.get(schema)
  if (known !== undefined) return known
  const parameters = withItems(flattenRoot(schema))
  written.set(schema, parameters)
  written.set(parameters, parameters)
  return parameters
}

const written = new WeakMap<JsonObject, JsonObject>()

function flattenRoot(schema: JsonObject): JsonObject {
  if (schema.type === 'object' && isObject(schema.properties) && !unfit.some(key => key in schema)) return schema
  const {
    oneOf,
    anyOf,
    allOf,
    $ref,
    $schema,
    not,
    if: _if,
    then: _then,
    else: _else,
    ...root
  } = resolve(schema, schema)
  const all = branches(allOf, schema)
  const some = [...branches(oneOf, schema), ...branches(anyOf, schema)]
  // Object.fromEntries, since a property may be called "__proto__".
  const properties = Object.fromEntries([...some, ...all, root].flatMap(part => Object.entries(propertiesOf(part))))
  const required = new Set([root, ...all].flatMap(requiredOf))
  // Of alternatives only what each of them requires is required.
  for (const name of requiredOf(some[0] ?? {})) {
    if (some.every(branch => requiredOf(branch).includes(name))) required.add(name)
  }
  const { required: _required, enum: _enum, const: _const, ...others } = root
  return { ...others, type: 'object', properties, ...(required.size > 0 && { required: [...required] }) }
}

/** What no provider takes at the root. */
const unfit = ['oneOf', 'anyOf', 'allOf', '$ref', '$schema', 'not', 'if', 'then', 'else', 'enum', 'const']

function branches(list: unknown, root: JsonObject): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject).map(branch => resolve(branch, root)) : []
}

/** Follows a `$ref` within the schema, a few times at most. */
function resolve(schema: JsonObject, root: JsonObject): JsonObject {
  let node = schema
  for (let hops = 0; hops < 8 && typeof node.$ref === 'string'; hops += 1) {
    const { $ref, ...beside } = node
    const target = pointAt(root, String($ref))
    node = { ...(isObject(target) ? target : {}), ...beside }
  }
  return node
}

function pointAt(root: JsonObject, ref: string): unknown {
  if (!ref.startsWith('#/')) return undefined
  const steps = ref
    .slice(2)
    .split('/')
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  return steps.reduce<unknown>(
    (node, step) => (isObject(node) && Object.hasOwn(node, step) ? node[step] : undefined),
    root,
  )
}

function propertiesOf(schema: JsonObject): JsonObject {
  return isObject(schema.properties) ? schema.properties : {}
}

function requiredOf(schema: JsonObject): readonly string[] {
  return Array.isArray(schema.required) ? schema.required.filter(name => typeof name === 'string') : []
}

/** OpenAI: "array schema missing items". Goes wherever a schema may stand. */
function withItems(schema: JsonObject): JsonObject {
  const node = mapSchemas(schema, withItems)
  const isArray = node.type === 'array' || (Array.isArray(node.type) && node.type.includes('array'))
  return isArray && node.items === undefined && node.prefixItems === undefined ? { ...node, items: {} } : node
}
