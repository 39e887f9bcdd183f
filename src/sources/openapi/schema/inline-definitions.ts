import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Schema } from './json-schema.ts'
import { definitionsOf, jsonBytes, mapSubschemas, refName, visitSubschemas } from './subschemas.ts'

/**
 * How definitions are shown: `auto` writes small ones and those that are used once in place, `refs` keeps them all
 * under `$defs`, `inline` writes out every one and cuts circles, for clients that know no `$defs`.
 */
export type SchemaMode = 'auto' | 'refs' | 'inline'

/** Up to this many bytes a definition is written out wherever it is used. */
const maxSmallBytes = 512
/** A tool with more definitions than this keeps those that are used once, too: there is no plain schema to be had. */
const maxSingles = 50
/** How often a definition may stand inside itself in the mode `inline`. */
const maxUnrolled = 3
/** Longer chains of definitions are not looked into, and stay as they are. */
const maxLearned = 2_000
/** The mode `inline` gives up when a tool would be longer, since a dozen definitions can make a gigabyte. */
const maxInlinedBytes = 262_144

/**
 * Makes what writes definitions in place, for the tools of one document: what it learns of a definition holds for all
 * of them, and a definition without anything small inside stays one object in all of them.
 *
 * What is on a circle of references stays a definition, except in the mode `inline`. The size of the result is bounded
 * however often definitions repeat each other.
 *
 * @returns a function from an input schema with `$defs` to one with fewer; a schema without any is returned as it is
 */
export function createInliner(mode: SchemaMode): (root: JsonObject) => JsonObject {
  const facts = createFacts()
  /** Definitions and parts of them with everything small written out. */
  const withoutSmall = new WeakMap<JsonObject, JsonObject>()

  const inlineSmall = (root: JsonObject): JsonObject => {
    const definitions = definitionsOf(root)
    const isSmall = (name: string): boolean => !facts.isCircular(name) && facts.expandedBytes(name) <= maxSmallBytes
    return replaceRefs(root, name => (isSmall(name) ? definitions[name] : undefined), withoutSmall)
  }

  const inlineSingles = (root: JsonObject): JsonObject => {
    const definitions = definitionsOf(root)
    if (Object.keys(definitions).length > maxSingles) return root
    const uses = countUses(root)
    const singles = new Set([...uses.keys()].filter(name => uses.get(name) === 1 && !facts.isCircular(name)))
    if (singles.size === 0) return root
    return replaceRefs(root, name => (singles.has(name) ? definitions[name] : undefined), new WeakMap())
  }

  return root => {
    if (root.$defs === undefined || mode === 'refs') return root
    facts.learn(definitionsOf(root))
    const whole = mode === 'inline' ? inlineAll(root, { maxBytes: maxInlinedBytes, circles: 'cut' }) : undefined
    if (whole !== undefined) return whole
    return inlineSingles(inlineSmall(root))
  }
}

/** What holds for a definition in every tool of the document, since its own definitions always come with it. */
function createFacts() {
  const known = new Map<string, { refs: readonly string[]; bytes: number; circular: boolean; expanded: number }>()

  /** Tarjan's algorithm: components come out after everything that they refer to, so sizes can be added up. */
  const learn = (definitions: Readonly<Record<string, Schema>>): void => {
    const order = new Map<string, number>()
    const low = new Map<string, number>()
    const stack: string[] = []
    const refsOf = new Map<string, readonly string[]>()
    const visit = (name: string): void => {
      order.set(name, order.size)
      low.set(name, order.size - 1)
      stack.push(name)
      const refs = refsIn(definitions[name] ?? true)
      refsOf.set(name, refs)
      for (const ref of new Set(refs)) {
        if (known.has(ref)) continue
        if (!order.has(ref)) visit(ref)
        if (stack.includes(ref)) low.set(name, Math.min(low.get(name) ?? 0, low.get(ref) ?? 0))
      }
      if (low.get(name) !== order.get(name)) return
      const members = stack.splice(stack.indexOf(name))
      for (const member of members) {
        const own = refsOf.get(member) ?? []
        const circular = members.length > 1 || own.includes(member)
        const bytes = jsonBytes(definitions[member] ?? true)
        const inside = own.reduce((sum, ref) => sum + (known.get(ref)?.expanded ?? 0), 0)
        known.set(member, { refs: own, bytes, circular, expanded: bytes + inside })
      }
    }
    const names = Object.keys(definitions)
    if (names.length <= maxLearned) for (const name of names) if (!known.has(name)) visit(name)
  }

  return {
    learn,
    isCircular: (name: string): boolean => known.get(name)?.circular ?? true,
    /** With everything that it refers to written out; a circle counts once. */
    expandedBytes: (name: string): number => known.get(name)?.expanded ?? Number.POSITIVE_INFINITY,
  }
}

const refsOfSchema = new WeakMap<JsonObject, readonly string[]>()

/** Every reference inside a schema, as often as it stands there; of one that many tools share it is found once. */
function refsIn(schema: Schema): readonly string[] {
  if (typeof schema === 'boolean') return []
  const known = refsOfSchema.get(schema)
  if (known !== undefined) return known
  const refs: string[] = []
  const visit = (each: Schema): void => {
    if (typeof each === 'boolean') return
    const name = refName(each)
    if (name !== undefined) refs.push(name)
    visitSubschemas(each, visit)
  }
  visit(schema)
  refsOfSchema.set(schema, refs)
  return refs
}

function countUses(root: JsonObject): Map<string, number> {
  const uses = new Map<string, number>()
  const { $defs: _, ...rest } = root
  for (const schema of [rest, ...Object.values(definitionsOf(root))]) {
    for (const name of refsIn(schema)) uses.set(name, (uses.get(name) ?? 0) + 1)
  }
  return uses
}

/** Writes out what `find` gives for a name, everywhere, and drops the definitions that nothing refers to any more. */
function replaceRefs(
  root: JsonObject,
  find: (name: string) => Schema | undefined,
  known: WeakMap<JsonObject, JsonObject>,
): JsonObject {
  const replace = (schema: Schema): Schema => {
    if (typeof schema === 'boolean') return schema
    const before = known.get(schema)
    if (before !== undefined) return before
    // What refers to nothing that is written out here stays one object for all who share it.
    if (!refsIn(schema).some(name => find(name) !== undefined)) return schema
    const inside = mapSubschemas(schema, replace)
    const name = refName(inside)
    const target = name === undefined ? undefined : find(name)
    const replaced = target === undefined ? inside : joinRef(replace(target), inside)
    known.set(schema, replaced)
    return replaced
  }
  const { $defs: _, ...rest } = root
  const body = mapSubschemas(rest, replace)
  const kept: Record<string, Schema> = {}
  for (const [name, definition] of Object.entries(definitionsOf(root))) {
    if (find(name) === undefined) kept[name] = replace(definition)
  }
  return Object.keys(kept).length === 0 ? body : { ...body, $defs: kept }
}

/** Puts a definition in the place of its reference; what stood beside the reference holds as well. */
function joinRef(target: Schema, reference: JsonObject): JsonObject {
  const { $ref: _, ...beside } = reference
  const keywords = Object.keys(beside)
  if (keywords.length === 0) return isObject(target) ? target : target ? {} : { not: {} }
  if (!isObject(target)) return target ? beside : { ...beside, not: {} }
  // A text beside the reference speaks of this use, so it wins; anything else must hold together with the definition.
  const joins = keywords.every(keyword => textKeywords.has(keyword) || !Object.hasOwn(target, keyword))
  return joins ? { ...target, ...beside } : { allOf: [target, beside] }
}

const textKeywords = new Set(['title', 'description', 'default', 'deprecated'])

/**
 * Writes out every definition.
 *
 * @param options - `circles`: `cut` lets a definition stand inside itself a few times, `refuse` gives up
 * @returns undefined when it would be longer than `maxBytes`, or has a circle that is refused
 */
export function inlineAll(
  root: JsonObject,
  { maxBytes, circles }: Readonly<{ maxBytes: number; circles: 'cut' | 'refuse' }>,
): JsonObject | undefined {
  const definitions = definitionsOf(root)
  let bytes = 0
  const write = (schema: Schema, open: readonly string[]): Schema => {
    if (typeof schema === 'boolean' || bytes > maxBytes) return schema
    const name = refName(schema)
    if (name === undefined) return mapSubschemas(schema, child => write(child, open))
    const times = open.filter(each => each === name).length
    if (times > 0 && circles === 'refuse') bytes = Number.POSITIVE_INFINITY
    if (times >= maxUnrolled) return { description: `Again ${name}.` }
    const target = definitions[name] ?? true
    bytes += jsonBytes(target)
    return joinRef(write(target, [...open, name]), schema)
  }
  const { $defs: _, ...rest } = root
  const written = mapSubschemas(rest, child => write(child, []))
  return bytes > maxBytes ? undefined : written
}
