import type { JsonObject } from '../../../core/json.ts'
import { skipSpace, skipString, skipValue } from './skip-json.ts'

/**
 * Reads a large document of JSON and makes little of it: all of its text is checked, but what is below the operations of
 * `paths`, and below the second level elsewhere, is made when somebody looks at it. Most of a large document are answers,
 * examples and webhooks, which no list of tools needs.
 *
 * The result is what `JSON.parse` makes, except that large members are accessors, each of which always gives the same
 * value.
 *
 * @param bytes - valid UTF-8 without a byte order mark; not to be changed as long as the result is in use
 * @param maxDepth - levels of objects and arrays
 * @returns undefined when it is no JSON object, or a deeper one
 */
export function skimJson(bytes: Buffer, maxDepth: number): JsonObject | undefined {
  const start = skipSpace(bytes, 0)
  const read = readObject({ bytes, start, maxDepth, levelsOf: name => (name === 'paths' ? 3 : 2) })
  return read !== undefined && skipSpace(bytes, read.end) === bytes.length ? read.value : undefined
}

/** Smaller members are made at once. */
const minLazyBytes = 512

const openBrace = 0x7b
const openBracket = 0x5b
const closeBrace = 0x7d
const quote = 0x22
const colon = 0x3a
const comma = 0x2c

/** `levelsOf`: how many levels of objects are made at once in the member of this name. */
type Place = Readonly<{ bytes: Buffer; start: number; maxDepth: number; levelsOf: (name: string) => number }>

type Read = Readonly<{ value: JsonObject; end: number }>

/** A member that is not made with its object: it was made before, or is made later. */
type Hole = Readonly<{ name: string; start: number; end: number; value?: JsonObject }>

function readObject({ bytes, start, maxDepth, levelsOf }: Place): Read | undefined {
  if (bytes[start] !== openBrace || maxDepth <= 0) return undefined
  const holes: Hole[] = []
  let next = skipSpace(bytes, start + 1)
  if (bytes[next] === closeBrace) return { value: {}, end: next + 1 }
  for (let members = 1; ; members += 1) {
    if (bytes[next] !== quote) return undefined
    const keyEnd = skipString(bytes, next)
    if (keyEnd < 0) return undefined
    const afterKey = skipSpace(bytes, keyEnd)
    if (bytes[afterKey] !== colon) return undefined
    const at = skipSpace(bytes, afterKey + 1)
    const isObject = bytes[at] === openBrace
    const name = isObject || bytes[at] === openBracket ? readName(bytes, next, keyEnd) : ''
    const levels = isObject ? levelsOf(name) : 0
    const inside =
      levels > 0 ? readObject({ bytes, start: at, maxDepth: maxDepth - 1, levelsOf: () => levels - 1 }) : undefined
    const end = levels > 0 ? (inside?.end ?? -1) : skipValue(bytes, at, maxDepth - 1)
    if (end < 0) return undefined
    if (inside !== undefined) holes.push({ name, start: at, end, value: inside.value })
    else if (name !== '' && end - at >= minLazyBytes) holes.push({ name, start: at, end })
    next = skipSpace(bytes, end)
    if (bytes[next] === closeBrace)
      return { value: makeObject({ bytes, start, end: next + 1, holes, members }), end: next + 1 }
    if (bytes[next] !== comma) return undefined
    next = skipSpace(bytes, next + 1)
  }
}

function readName(bytes: Buffer, start: number, end: number): string {
  const written = bytes.toString('utf8', start + 1, end - 1)
  return written.includes('\\') ? JSON.parse(`"${written}"`) : written
}

type Skimmed = Readonly<{ bytes: Buffer; start: number; end: number; holes: readonly Hole[]; members: number }>

/** Parses the object with its holes left empty, and then fills them. */
function makeObject({ bytes, start, end, holes, members }: Skimmed): JsonObject {
  let text = ''
  let from = start
  for (const hole of holes) {
    text += `${bytes.toString('utf8', from, hole.start)}0`
    from = hole.end
  }
  const value: Record<string, unknown> = JSON.parse(text + bytes.toString('utf8', from, end))
  // Of two members of one name the last counts, which may be no hole.
  if (Object.keys(value).length !== members) return JSON.parse(bytes.toString('utf8', start, end))
  for (const hole of holes) Object.defineProperty(value, hole.name, fill(bytes, hole))
  return value
}

function fill(bytes: Buffer, { start, end, value }: Hole): PropertyDescriptor {
  if (value !== undefined) return { value }
  let made: unknown
  return {
    get: () => {
      made ??= JSON.parse(bytes.toString('utf8', start, end))
      return made
    },
  }
}
