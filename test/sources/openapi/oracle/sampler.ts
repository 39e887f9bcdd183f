import { isObject } from '../../../../src/core/json.ts'

type Json = Readonly<Record<string, unknown>>

/** Draws numbers from 0 to 1; the same seed gives the same ones (mulberry32). */
export type Random = () => number

/** A generator of its own for each operation, so that one more operation changes no other's values. */
export function seeded(text: string): Random {
  let state = 2_166_136_261
  for (const character of text) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What a value may hold that could be mistaken for syntax somewhere between here and the server. */
const words = [
  'plain',
  'a b',
  'x/y',
  'q?&=#',
  '50%',
  'say "hi"',
  'é ü',
  '漢字',
  "it's",
  '~.-_',
  'semi;colon',
  'a+b',
  'x[0]',
]

/** Values for an input schema: every required property, about half of the others, no deeper than needed. */
export function sample(schema: unknown, root: Json, random: Random, depth: number = 0): unknown {
  if (!isObject(schema)) return words[0]
  const resolved = resolve(schema, root)
  if (resolved === undefined) return words[0]
  if (resolved.const !== undefined) return resolved.const
  if (Array.isArray(resolved.enum))
    return pick(resolved.enum.filter(each => each !== null && each !== '') as unknown[], random) ?? null
  const type = [resolved.type].flat().find(each => each !== 'null')
  if (type === 'object' || (type === undefined && isObject(resolved.properties)))
    return sampleObject(resolved, root, random, depth)
  if (type === 'array') return sampleList(resolved, root, random, depth)
  if (type === 'boolean') return random() < 0.5
  if (type === 'integer' || type === 'number') return sampleNumber(resolved, type, random)
  if (resolved.contentEncoding === 'base64') return Buffer.from(pick(words, random) ?? '').toString('base64')
  return sampleText(resolved, random)
}

/** References followed, one branch of a union taken, the parts of an `allOf` laid over each other. */
function resolve(schema: Json, root: Json, hops: number = 0): Json | undefined {
  if (hops > 20) return undefined
  const { $ref, allOf, anyOf, ...own } = schema
  const definitions = isObject(root.$defs) ? root.$defs : {}
  const parts: unknown[] = []
  if (typeof $ref === 'string') parts.push(definitions[$ref.slice('#/$defs/'.length)])
  if (Array.isArray(allOf)) parts.push(...allOf)
  if (Array.isArray(anyOf)) parts.push(anyOf.find(each => isObject(each) && each.type !== 'null'))
  let merged: Json = own
  for (const part of parts) {
    const read = isObject(part) ? resolve(part, root, hops + 1) : undefined
    if (read === undefined) continue
    merged = {
      ...read,
      ...merged,
      ...(isObject(read.properties) && {
        properties: { ...read.properties, ...(merged.properties as Json | undefined) },
      }),
      ...((read.required ?? merged.required) !== undefined && {
        required: [
          ...((read.required as string[] | undefined) ?? []),
          ...((merged.required as string[] | undefined) ?? []),
        ],
      }),
    }
  }
  return merged
}

function sampleObject(schema: Json, root: Json, random: Random, depth: number): Json {
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : []
  const required = new Set((schema.required ?? []) as string[])
  const chance = depth === 0 ? 0.6 : depth < 3 ? 0.35 : 0
  const chosen = depth > 8 ? [] : properties.filter(([name]) => required.has(name) || random() < chance)
  if (chosen.length === 0 && depth < 3) chosen.push(...properties.slice(0, 1))
  const result = Object.fromEntries(chosen.map(([name, each]) => [name, sample(each, root, random, depth + 1)]))
  const extra = schema.additionalProperties
  if (depth < 4 && properties.length === 0 && isObject(extra)) result.some = sample(extra, root, random, depth + 1)
  return result
}

function sampleList(schema: Json, root: Json, random: Random, depth: number): readonly unknown[] {
  const least = typeof schema.minItems === 'number' ? schema.minItems : depth > 3 ? 0 : 1
  const most = typeof schema.maxItems === 'number' ? schema.maxItems : least + 2
  const count = Math.min(most, least + Math.floor(random() * 2))
  return Array.from({ length: count }, () => sample(schema.items ?? {}, root, random, depth + 1))
}

function sampleNumber(schema: Json, type: string, random: Random): number {
  const low = Number(
    schema.minimum ?? (schema.exclusiveMinimum === undefined ? 0 : Number(schema.exclusiveMinimum) + 1),
  )
  const high = Number(
    schema.maximum ?? (schema.exclusiveMaximum === undefined ? low + 100 : Number(schema.exclusiveMaximum) - 1),
  )
  const step = typeof schema.multipleOf === 'number' ? schema.multipleOf : undefined
  if (step !== undefined) return Math.ceil(low / step) * step
  const drawn = low + random() * Math.min(high - low, 1_000)
  return type === 'integer' ? Math.round(drawn) : Math.round(drawn * 4) / 4
}

function sampleText(schema: Json, random: Random): string {
  const text = pick(words, random) ?? ''
  const least = typeof schema.minLength === 'number' ? schema.minLength : 1
  const most = typeof schema.maxLength === 'number' ? schema.maxLength : Number.POSITIVE_INFINITY
  return text.length < least ? text + 'x'.repeat(least - text.length) : text.slice(0, most) || 'x'
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random() * items.length)]
}
