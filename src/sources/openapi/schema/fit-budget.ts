import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Schema } from './json-schema.ts'
import { definitionsOf, jsonBytes, mapSubschemas, refName, rootBytes } from './subschemas.ts'

/** What was taken out of a schema to make it fit, mildest first; in a tool's `_meta["patchbay/truncated"]`. */
export type Cut = 'defaults' | 'deep descriptions' | 'definition descriptions' | 'deep schemas' | 'all but the names'

/** A schema that fits, and what it cost. */
export type Fitted = Readonly<{ schema: JsonObject; cuts: readonly Cut[] }>

/** Descriptions of the arguments themselves and of what stands directly inside them are kept longest. */
const keptDescriptionDepth = 2

/**
 * Shortens an input schema until it has at most `maxBytes`, so that one huge operation cannot drown a model in text.
 *
 * What matters least goes first: defaults and titles, descriptions far down, descriptions in definitions, then whole
 * subschemas from the deepest level up, each of which becomes its type and its definition's name; in the end arguments
 * keep a name and a type. Whatever is cut is only widened: every argument that was right before is right after.
 *
 * @param root - an object schema of arguments, as `planArguments` makes it
 * @returns the very same schema when it fits; undefined when even the names alone do not
 */
export function fitToBudget(root: JsonObject, maxBytes: number): Fitted | undefined {
  if (rootBytes(root) <= maxBytes) return { schema: root, cuts: [] }
  const cuts: Cut[] = []
  let schema = root
  for (const [cut, shorten] of steps) {
    const shorter = shorten(schema, maxBytes)
    if (shorter === schema) continue
    schema = shorter
    cuts.push(cut)
    if (rootBytes(schema) <= maxBytes) return { schema, cuts }
  }
  return undefined
}

const steps: readonly (readonly [Cut, (root: JsonObject, maxBytes: number) => JsonObject])[] = [
  ['defaults', root => mapDefinitions(mapBody(root, bare), bareDefinitions, bare)],
  [
    'deep descriptions',
    root => mapBody(root, (each, depth) => (depth > keptDescriptionDepth ? undescribed(each) : each)),
  ],
  ['definition descriptions', root => mapDefinitions(root, undescribedDefinitions, undescribed)],
  ['deep schemas', collapseDeepest],
  ['all but the names', keepNames],
]

/** More levels than any schema has. */
const maxLevels = 64

/** Finds the deepest level that can stay: with fewer levels a schema is never longer, so halving the range finds it. */
function collapseDeepest(root: JsonObject, maxBytes: number): JsonObject {
  let best = collapseBelow(root, 1)
  let low = 2
  let high = maxLevels
  while (low <= high) {
    const middle = (low + high) >> 1
    const tried = collapseBelow(root, middle)
    if (rootBytes(tried) <= maxBytes) {
      best = tried
      low = middle + 1
    } else high = middle - 1
  }
  return best
}

/** Everything deeper than `levels` becomes its type and name; a definition is as deep as its shallowest use. */
function collapseBelow(root: JsonObject, levels: number): JsonObject {
  const definitions = definitionsOf(root)
  const depths = new Map<string, number>()
  const waiting: string[] = []
  const meet = (refs: Collapsed['refs'], depth: number): void => {
    for (const [name, below] of refs) {
      if (depths.has(name)) continue
      depths.set(name, depth + below)
      waiting.push(name)
    }
  }
  const { $defs: _, ...rest } = root
  const body = mapSubschemas(rest, child => {
    const { schema, refs } = collapse(child, levels - 1)
    meet(refs, 1)
    return schema
  })
  const kept: Record<string, Schema> = {}
  // Breadth first: a definition is met at its shallowest use, and only what is still referred to is kept.
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const depth = depths.get(name) ?? 1
    const { schema, refs } = collapseDefinition(definitions[name] ?? true, levels - depth)
    kept[name] = schema
    meet(refs, depth)
  }
  return Object.keys(kept).length === 0 ? body : { ...body, $defs: kept }
}

/** What is left of a schema, and what it still refers to: names with the levels of properties above them. */
type Collapsed = Readonly<{ schema: Schema; refs: readonly (readonly [name: string, below: number])[] }>

function collapse(schema: Schema, levels: number): Collapsed {
  if (typeof schema === 'boolean') return { schema, refs: [] }
  if (levels < 0) return { schema: summarise(schema), refs: [] }
  const name = refName(schema)
  const refs: [string, number][] = name === undefined ? [] : [[name, 0]]
  const left = mapSubschemas(schema, (child, { name: property }) => {
    const step = property === undefined ? 0 : 1
    const inside = collapse(child, levels - step)
    for (const [inner, below] of inside.refs) refs.push([inner, below + step])
    return inside.schema
  })
  return { schema: left, refs }
}

/** By definition and levels: thousands of tools collapse the same few definitions. */
const collapsed = new WeakMap<JsonObject, Map<number, Collapsed>>()

function collapseDefinition(definition: Schema, levels: number): Collapsed {
  if (typeof definition === 'boolean') return { schema: definition, refs: [] }
  const byLevels = collapsed.get(definition) ?? new Map<number, Collapsed>()
  collapsed.set(definition, byLevels)
  const known = byLevels.get(levels) ?? collapse(definition, levels)
  byLevels.set(levels, known)
  return known
}

function summarise(schema: JsonObject): Schema {
  const name = refName(schema)
  const { type, description } = schema
  const about = typeof description === 'string' ? description.slice(0, 80) : name
  return { ...(type !== undefined && { type }), ...(about !== undefined && { description: about }) }
}

/** Each argument keeps its type; where that is too much, the optional ones that come last are no longer shown. */
function keepNames(root: JsonObject, maxBytes: number): JsonObject {
  const { $defs: _, additionalProperties, ...rest } = root
  const required = new Set((rest.required ?? []) as string[])
  const entries = Object.entries((rest.properties ?? {}) as Record<string, Schema>)
  const bare = entries.map(([name, schema]): [string, Schema] => {
    return [name, isObject(schema) && schema.type !== undefined ? { type: schema.type } : {}]
  })
  let room = maxBytes - jsonBytes({ ...rest, properties: {} }) - '"additionalProperties":true,'.length
  for (const [name, schema] of bare) if (required.has(name)) room -= bytesOf(name, schema)
  const shown = bare.filter(([name, schema]) => {
    if (required.has(name)) return true
    room -= bytesOf(name, schema)
    return room >= 0
  })
  const isOpen = shown.length < bare.length || (additionalProperties ?? false) !== false
  return { ...rest, properties: Object.fromEntries(shown), ...(isOpen && { additionalProperties: true }) }
}

function bytesOf(name: string, schema: Schema): number {
  return jsonBytes(name) + jsonBytes(schema) + 2
}

function undescribed(schema: JsonObject): JsonObject {
  return without(schema, ['description'])
}

function bare(schema: JsonObject): JsonObject {
  return without(schema, ['default', 'title'])
}

function without(schema: JsonObject, keywords: readonly string[]): JsonObject {
  if (!keywords.some(keyword => Object.hasOwn(schema, keyword))) return schema
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)))
}

/** Maps every schema of the arguments themselves; `depth` 1 is an argument. Definitions are left alone. */
function mapBody(root: JsonObject, map: (schema: JsonObject, depth: number) => JsonObject): JsonObject {
  const go = (schema: Schema, depth: number): Schema => {
    if (typeof schema === 'boolean') return schema
    return mapSubschemas(map(schema, depth), (child, { name }) => go(child, name === undefined ? depth : depth + 1))
  }
  return mapSubschemas(root, child => go(child, 1))
}

/** What becomes of definitions, so that they are mapped once for all the tools that share them. */
type Mapped = WeakMap<JsonObject, Schema>
const bareDefinitions: Mapped = new WeakMap()
const undescribedDefinitions: Mapped = new WeakMap()

function mapDefinitions(root: JsonObject, known: Mapped, map: (schema: JsonObject) => JsonObject): JsonObject {
  const definitions = definitionsOf(root)
  const go = (schema: Schema): Schema => (typeof schema === 'boolean' ? schema : mapSubschemas(map(schema), go))
  const mapOne = (definition: Schema): Schema => {
    if (typeof definition === 'boolean') return definition
    const mapped = known.get(definition) ?? go(definition)
    known.set(definition, mapped)
    return mapped
  }
  const mapped = Object.entries(definitions).map(([name, definition]): [string, Schema] => [name, mapOne(definition)])
  if (mapped.every(([name, definition]) => definition === definitions[name])) return root
  return { ...root, $defs: Object.fromEntries(mapped) }
}
