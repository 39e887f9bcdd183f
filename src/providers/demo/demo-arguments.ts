import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { FunctionTool } from '../../core/model.ts'
import type { Sentence } from './demo-sentence.ts'
import { readSentence } from './demo-sentence.ts'
import { likeness, toWords } from './demo-words.ts'

/** Arguments found in a sentence, and how sure they are. */
export type Derived = Readonly<{
  args: JsonObject
  /** Values that the sentence plainly gives. */
  given: number
  /** Values that are simply what was left of the sentence. */
  guessed: number
  /** Required values that were not found. */
  missing: number
}>

/**
 * Derives a tool's arguments from a sentence, in this order: `key=value`; words of an enum; the value after a
 * property's name or after a preposition that points at it ("by Le Guin" for an author); numbers and quoted texts in
 * their order; and what is left of the sentence for a text that is required or is searched for.
 */
export function deriveArguments(sentence: string, tool: FunctionTool): Derived {
  const { parameters = {} } = tool.function
  const reader = readSentence(sentence, toWords(tool.function.name))
  const count = { given: 0, guessed: 0, missing: 0 }
  const args = fillObject(parameters, reader, count, 0)
  return { args, ...count }
}

type Count = { given: number; guessed: number; missing: number }

function fillObject(schema: JsonObject, sentence: Sentence, count: Count, depth: number): JsonObject {
  const properties = Object.entries(isObject(schema.properties) ? schema.properties : {}).filter(
    (entry): entry is [string, JsonObject] => isObject(entry[1]),
  )
  const required = Array.isArray(schema.required) ? schema.required : []
  const values = new Map<string, unknown>()
  const fill = (find: (name: string, property: JsonObject) => unknown, kind: 'given' | 'guessed'): void => {
    for (const [name, property] of properties) {
      if (values.has(name)) continue
      const value = find(name, property)
      if (value === undefined) continue
      values.set(name, value)
      count[kind] += 1
    }
  }
  const isRequired = (name: string): boolean => required.includes(name)
  fill((name, property) => findNamed(name, property, sentence), 'given')
  fill((name, property) => (isRequired(name) ? findInOrder(name, property, sentence) : undefined), 'given')
  fill((name, property) => {
    if (!isText(property)) return undefined
    if (isRequired(name)) return sentence.takeRest()
    return isSearch(name) ? sentence.takeSearch() : undefined
  }, 'guessed')
  for (const [name, property] of properties) {
    if (values.has(name) || !isRequired(name)) continue
    if (typeOf(property) === 'object' && depth < 3) values.set(name, fillObject(property, sentence, count, depth + 1))
    else count.missing += 1
  }
  // In the schema's own order, which is how a person reads them.
  return Object.fromEntries(properties.flatMap(([name]) => (values.has(name) ? [[name, values.get(name)]] : [])))
}

/** A value that the sentence ties to this very property. */
function findNamed(name: string, property: JsonObject, sentence: Sentence): unknown {
  const type = typeOf(property)
  const pair = sentence.takePair(name)
  if (pair !== undefined) return convert(pair, type, property)
  if (Array.isArray(property.enum)) return sentence.takeWord(property.enum)
  if (type === 'number' || type === 'integer') return sentence.takeNumberAfter(name)
  if (type === 'boolean') return sentence.takeName(name) ? true : undefined
  if (type !== 'string') return undefined
  const cue = cues.find(({ names }) => toWords(name).some(word => names.some(other => likeness(word, other) === 1)))
  return sentence.takeTextAfter([...(cue?.after ?? []), ...toWords(name)])
}

/** The next value of the right kind. */
function findInOrder(name: string, property: JsonObject, sentence: Sentence): unknown {
  const type = typeOf(property)
  if (type === 'number' || type === 'integer') return sentence.takeNumber()
  if (type === 'string') return sentence.takeQuoted() ?? (isId(name) ? sentence.takeNumberText() : undefined)
  if (type !== 'array') return undefined
  const itemType = isObject(property.items) ? typeOf(property.items) : 'string'
  const take = itemType === 'number' || itemType === 'integer' ? sentence.takeNumber : sentence.takeQuoted
  const items: unknown[] = []
  for (let item = take(); item !== undefined; item = take()) items.push(item)
  return items.length > 0 ? items : undefined
}

function convert(text: string, type: string, property: JsonObject): unknown {
  if (type === 'number' || type === 'integer') return Number.isNaN(Number(text)) ? text : Number(text)
  if (type === 'boolean') return /^(true|yes|on|1)$/i.test(text)
  if (type === 'array')
    return text.split(',').map(item => convert(item.trim(), typeOf(isObject(property.items) ? property.items : {}), {}))
  return text
}

/** Prepositions, and the kind of property that they lead to. */
const cues: readonly Readonly<{ names: readonly string[]; after: readonly string[] }>[] = [
  { names: ['author', 'writer', 'creator', 'artist', 'owner', 'user'], after: ['by', 'of'] },
  { names: ['city', 'location', 'place', 'country', 'region', 'address'], after: ['in', 'at', 'near', 'for'] },
  { names: ['title', 'name', 'label'], after: ['titled', 'named', 'called'] },
  { names: ['to', 'recipient', 'target', 'destination'], after: ['to'] },
  { names: ['topic', 'subject', 'about'], after: ['about', 'on'] },
]

const searchNames = new Set(['q', 'query', 'search', 'text', 'term', 'keyword', 'filter', 'prompt'])

function isSearch(name: string): boolean {
  return toWords(name).some(word => searchNames.has(word))
}

/** A text that may well be a number. */
function isId(name: string): boolean {
  return toWords(name).some(word => ['id', 'number', 'code', 'isbn', 'key', 'zip'].includes(word))
}

function isText(property: JsonObject): boolean {
  return typeOf(property) === 'string' && property.enum === undefined
}

function typeOf(property: JsonObject): string {
  const { type } = property
  const types = Array.isArray(type) ? type : [type]
  const known = types.find(one => typeof one === 'string' && one !== 'null')
  if (typeof known === 'string') return known
  const branch = [property.anyOf, property.oneOf]
    .find(Array.isArray)
    ?.find((one: unknown): one is JsonObject => isObject(one) && one.type !== 'null')
  return branch ? typeOf(branch) : isObject(property.properties) ? 'object' : 'string'
}
