import { GatewayError } from '../core/errors.ts'

/** The way from the root of a document to one of its values: member names and list positions. */
export type Path = readonly (string | number)[]

/** Where each value of a document begins: the path as JSON text, to an offset in the text. Members begin at their key. */
export type Positions = ReadonlyMap<string, number>

/** A parsed document: its text without byte order mark, its value, and where each part of it stands. */
export type Document = Readonly<{ text: string; value: unknown; positions: Positions }>

/**
 * Reads JSON as people write it in configuration files: with line and block comments and commas after the last item.
 *
 * A key that stands twice in one object is an error, since one of the two would be lost without a word.
 *
 * @param file - only named in errors
 * @throws GatewayError `CONFIG_INVALID` with line and column, never with text from inside a value
 */
export function parseJsonc(fileText: string, file: string): Document {
  const text = fileText.replace(/^\uFEFF/, '')
  const positions = new Map<string, number>()
  const reader = createReader(text, file)
  const value = readValue(reader, positions, [])
  const rest = reader.next()
  if (rest.kind !== 'end') reader.fail(rest.offset, 'something stands behind the end of the document')
  return { text, value, positions }
}

/** Finds a value's place, or that of the nearest value around it. Lines and columns count from 1. */
export function locate(
  { text, positions }: Pick<Document, 'text' | 'positions'>,
  path: Path,
): { offset: number; line: number; column: number } {
  let offset: number | undefined
  for (let length = path.length; offset === undefined && length >= 0; length -= 1) {
    offset = positions.get(JSON.stringify(path.slice(0, length)))
  }
  return { offset: offset ?? 0, ...lineAndColumn(text, offset ?? 0) }
}

const maxDepth = 500

type Token = Readonly<{
  kind: 'punctuation' | 'string' | 'scalar' | 'end'
  /** The token as it stands in the text. */
  raw: string
  offset: number
}>

type Reader = Readonly<{
  next: () => Token
  peek: () => Token
  fail: (offset: number, reason: string) => never
}>

/** Space and comments, then one token. What is inside a string is left to `JSON.parse`. */
const skipped = /(?:[ \t\r\n]+|\/\/[^\r\n]*|\/\*.*?\*\/)*/sy
const token =
  /([{}[\]:,])|("[^"\\]*(?:\\.[^"\\]*)*")|((?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/sy

function createReader(text: string, file: string): Reader {
  const fail = (offset: number, reason: string): never => {
    const { line, column } = lineAndColumn(text, offset)
    throw new GatewayError('CONFIG_INVALID', `${file}:${line}:${column}: Not valid JSON: ${reason}.`)
  }
  const read = (from: number): Token => {
    skipped.lastIndex = from
    const offset = from + (skipped.exec(text)?.[0].length ?? 0)
    if (offset >= text.length) return { kind: 'end', raw: '', offset }
    token.lastIndex = offset
    const match = token.exec(text)
    if (match === null) return fail(offset, whyNoToken(text, offset))
    const kind = match[1] !== undefined ? 'punctuation' : match[2] !== undefined ? 'string' : 'scalar'
    return { kind, raw: match[0], offset }
  }
  let at = 0
  return {
    fail,
    peek: () => read(at),
    next: () => {
      const found = read(at)
      at = found.offset + found.raw.length
      return found
    },
  }
}

function readValue(reader: Reader, positions: Map<string, number>, path: Path): unknown {
  const first = reader.next()
  if (path.length > maxDepth) reader.fail(first.offset, `it nests deeper than ${maxDepth} levels`)
  const id = JSON.stringify(path)
  if (!positions.has(id)) positions.set(id, first.offset)
  if (first.kind === 'string') return readString(reader, first)
  if (first.kind === 'scalar') return JSON.parse(first.raw)
  if (first.raw === '{') return readObject(reader, positions, path)
  if (first.raw === '[') return readList(reader, positions, path)
  return reader.fail(
    first.offset,
    first.kind === 'end' ? 'it ends too early' : `"${first.raw}" stands where a value belongs`,
  )
}

/** Unlike its position, the message of `JSON.parse` is of no use here: it quotes the text. */
function readString(reader: Reader, { raw, offset }: Token): string {
  try {
    return JSON.parse(raw) as string
  } catch {
    return reader.fail(offset, 'a string is not closed, or holds a line break or an unknown escape')
  }
}

function readObject(reader: Reader, positions: Map<string, number>, path: Path): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  while (!isClosed(reader, '}')) {
    const name = reader.next()
    if (name.kind !== 'string') reader.fail(name.offset, 'a key in double quotes is missing here')
    const key = readString(reader, name)
    if (key === '__proto__') reader.fail(name.offset, 'the key "__proto__" is not allowed')
    if (Object.hasOwn(members, key)) reader.fail(name.offset, 'this key stands twice in one object')
    const colon = reader.next()
    if (colon.raw !== ':') reader.fail(colon.offset, 'a colon is missing here')
    const below = [...path, key]
    positions.set(JSON.stringify(below), name.offset)
    members[key] = readValue(reader, positions, below)
    expectComma(reader, '}')
  }
  return members
}

function readList(reader: Reader, positions: Map<string, number>, path: Path): unknown[] {
  const items: unknown[] = []
  while (!isClosed(reader, ']')) {
    items.push(readValue(reader, positions, [...path, items.length]))
    expectComma(reader, ']')
  }
  return items
}

/** Takes the closing bracket when it comes next. */
function isClosed(reader: Reader, bracket: string): boolean {
  if (reader.peek().raw !== bracket) return false
  reader.next()
  return true
}

function expectComma(reader: Reader, bracket: string): void {
  const { raw, kind, offset } = reader.peek()
  if (raw === ',') reader.next()
  else if (kind === 'end') reader.fail(offset, `it ends before a closing "${bracket}"`)
  else if (raw !== bracket) reader.fail(offset, `a comma or "${bracket}" is missing before this`)
}

/** Says what is wrong with text that begins no token, without showing it: it may be part of a secret. */
function whyNoToken(text: string, offset: number): string {
  const character = text[offset]
  if (character === '"') return 'a string is not closed'
  if (character === "'") return 'strings need double quotes'
  if (text.startsWith('/*', offset)) return 'a comment is not closed'
  return 'this is no string, number, true, false or null'
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/)
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}
