import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/**
 * Writes a schema as the models behind Converse take it: an object at the root, and no combinators or reference there.
 *
 * What stood at the root is merged into it, never more strictly than it was: the properties of all branches are offered,
 * and required is what `allOf` requires and what every branch of `oneOf` or `anyOf` requires. Below the root nothing is
 * changed. Never changes what it is given.
 */
export function toBedrockSchema(parameters: JsonObject): JsonObject {
  const { $schema: _, $id: __, ...schema } = parameters
  const flat = combinators.some(word => word in schema) ? flatten(schema, parameters, 0) : schema
  const { type, properties, enum: ___, const: ____, not: _____, ...rest } = flat
  const isOther = typeof type === 'string' && type !== 'object'
  return { type: 'object', ...(isOther ? {} : rest), properties: !isOther && isObject(properties) ? properties : {} }
}

const combinators = ['oneOf', 'anyOf', 'allOf', '$ref'] as const

/** References that lead back to themselves end here. */
const maxLevels = 8

function flatten(schema: JsonObject, root: JsonObject, level: number): JsonObject {
  const { oneOf, anyOf, allOf, $ref: ref, ...own } = schema
  if (level > maxLevels) return own
  const branchesOf = (list: unknown): JsonObject[] =>
    Array.isArray(list) ? list.filter(isObject).map(branch => flatten(branch, root, level + 1)) : []
  const target = typeof ref === 'string' ? follow(ref, root) : undefined
  const all = [own, ...branchesOf(target === undefined ? [] : [target]), ...branchesOf(allOf)]
  const choices = [branchesOf(oneOf), branchesOf(anyOf)].filter(branches => branches.length > 0)
  const required = new Set([
    ...all.flatMap(requiredOf),
    ...choices.flatMap(([first = {}, ...others]) =>
      requiredOf(first).filter(key => others.every(other => requiredOf(other).includes(key))),
    ),
  ])
  const parts = [...all, ...choices.flat()]
  // A closed branch would forbid what another one offers.
  const { additionalProperties, required: _, ...rest } = Object.assign({}, ...all.toReversed()) as JsonObject
  return {
    ...rest,
    ...(parts.length === 1 && additionalProperties !== undefined && { additionalProperties }),
    properties: joinProperties(parts),
    ...(required.size > 0 && { required: [...required] }),
  }
}

/** A key that is described in different ways may be either. */
function joinProperties(schemas: readonly JsonObject[]): JsonObject {
  const found = new Map<string, unknown[]>()
  for (const { properties } of schemas) {
    for (const [key, value] of Object.entries(isObject(properties) ? properties : {})) {
      const known = found.get(key) ?? []
      if (!known.some(other => JSON.stringify(other) === JSON.stringify(value))) found.set(key, [...known, value])
    }
  }
  return Object.fromEntries([...found].map(([key, values]) => [key, values.length > 1 ? { anyOf: values } : values[0]]))
}

/** A reference within the schema; one that leads nowhere allows anything. */
function follow(ref: string, root: JsonObject): JsonObject | undefined {
  if (!ref.startsWith('#/')) return undefined
  let node: unknown = root
  for (const word of ref.slice(2).split('/')) {
    const key = word.replaceAll('~1', '/').replaceAll('~0', '~')
    node = isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined
  }
  return isObject(node) ? node : undefined
}

function requiredOf({ required }: JsonObject): readonly string[] {
  return Array.isArray(required) ? required.filter(key => typeof key === 'string') : []
}
