/** Where a text stops being JSON, and what should have stood there. */
export type JsonError = Readonly<{ offset: number; problem: string }>

/**
 * Finds the first place where a text is not JSON (RFC 8259).
 *
 * `JSON.parse` tells the place only sometimes, and else quotes the text, which may hold a secret. This reads a text that
 * was refused once more, without recursion and without quoting anything.
 *
 * @returns undefined when the text is JSON after all
 */
export function findJsonError(text: string): JsonError | undefined {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  let offset = 0
  for (;;) {
    offset = skip(space, text, offset)
    const character = text[offset]
    if (character === undefined) {
      return expected === 'end' ? undefined : { offset, problem: `it ends where ${words[expected]} should follow` }
    }
    const step = read(text, offset, expected, open)
    if (step === undefined) return { offset, problem: `${words[expected]} should stand here` }
    if ('problem' in step) return step
    offset = step.offset
    expected = step.expected
  }
}

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma or ]' | 'comma or }' | 'end'

const words: Readonly<Record<Expected, string>> = {
  value: 'a value',
  'value or ]': 'a value or "]"',
  key: 'a property name in double quotes',
  'key or }': 'a property name in double quotes, or "}",',
  colon: 'a colon',
  'comma or ]': 'a comma or "]"',
  'comma or }': 'a comma or "}"',
  end: 'nothing more',
}

type Step = Readonly<{ offset: number; expected: Expected }>

const space = /[ \t\n\r]*/y
const scalar = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
/** A run of characters that need no escape (RFC 8259, section 7), or one escape. */
const stringPiece = /[ !#-[\]-\uffff]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

function read(text: string, offset: number, expected: Expected, open: ('{' | '[')[]): Step | JsonError | undefined {
  const character = text[offset]
  if (expected === 'value' || expected === 'value or ]') {
    if (character === '{' || character === '[') {
      open.push(character)
      return { offset: offset + 1, expected: character === '{' ? 'key or }' : 'value or ]' }
    }
    if (character === '"') return readString(text, offset, afterValue(open))
    const end = skip(scalar, text, offset)
    if (end > offset) return { offset: end, expected: afterValue(open) }
  }
  if (character === '"' && (expected === 'key' || expected === 'key or }')) return readString(text, offset, 'colon')
  if (character === ':' && expected === 'colon') return { offset: offset + 1, expected: 'value' }
  if (character === ',' && expected === 'comma or ]') return { offset: offset + 1, expected: 'value' }
  if (character === ',' && expected === 'comma or }') return { offset: offset + 1, expected: 'key' }
  if ((character === ']' || character === '}') && expected.endsWith(character)) {
    open.pop()
    return { offset: offset + 1, expected: afterValue(open) }
  }
  return undefined
}

function readString(text: string, offset: number, expected: Expected): Step | JsonError {
  const end = skipString(text, offset + 1)
  if (text[end] === '"') return { offset: end + 1, expected }
  if (end >= text.length) return { offset: end, problem: 'it ends inside a string' }
  return {
    offset: end,
    problem: text[end] === '\\' ? 'a string holds an unknown escape' : 'a string holds a control character',
  }
}

function afterValue(open: readonly ('{' | '[')[]): Expected {
  const around = open.at(-1)
  return around === undefined ? 'end' : around === '{' ? 'comma or }' : 'comma or ]'
}

/** Piece by piece: one match over a string of megabytes would overflow the stack of the expression engine. */
function skipString(text: string, start: number): number {
  let offset = start
  for (;;) {
    const end = skip(stringPiece, text, offset)
    if (end === offset) return offset
    offset = end
  }
}

function skip(expression: RegExp, text: string, offset: number): number {
  expression.lastIndex = offset
  return expression.test(text) ? expression.lastIndex : offset
}
