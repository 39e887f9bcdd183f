// A checker of JSON (RFC 8259) over bytes. Each function takes where a thing begins and gives where it ends, below 0 when
// it is not one; behind the last byte there is nothing, which is no part of anything.

/** Where what is not white space begins. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let next = at
  for (;;) {
    const byte = bytes[next]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return next
    next += 1
  }
}

/** @param at - of the quote */
export function skipString(bytes: Uint8Array, at: number): number {
  let next = at + 1
  for (;;) {
    while (isPlain[bytes[next] as number] === 1) next += 1
    const byte = bytes[next]
    if (byte === 0x22) return next + 1
    if (byte === 0x5c) {
      const escaped = bytes[next + 1] ?? 0
      if (escaped === 0x75) {
        for (let digit = next + 2; digit < next + 6; digit += 1) if (!isHex(bytes[digit] ?? 0)) return -1
        next += 6
      } else if (isEscape(escaped)) next += 2
      else return -1
    } else return -1
  }
}

const isPlain = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c ? 1 : 0))

/** Any value with at most `levels` levels of objects and arrays. */
export function skipValue(bytes: Uint8Array, at: number, levels: number): number {
  const byte = bytes[at]
  if (byte === 0x22) return skipString(bytes, at)
  if (byte === 0x7b) return levels <= 0 ? -1 : skipObject(bytes, at, levels)
  if (byte === 0x5b) return levels <= 0 ? -1 : skipArray(bytes, at, levels)
  if (byte === 0x74) return skipWord(bytes, at, 'true')
  if (byte === 0x66) return skipWord(bytes, at, 'false')
  if (byte === 0x6e) return skipWord(bytes, at, 'null')
  return skipNumber(bytes, at)
}

function skipObject(bytes: Uint8Array, at: number, levels: number): number {
  let next = skipSpace(bytes, at + 1)
  if (bytes[next] === 0x7d) return next + 1
  for (;;) {
    if (bytes[next] !== 0x22) return -1
    next = skipString(bytes, next)
    if (next < 0) return -1
    next = skipSpace(bytes, next)
    if (bytes[next] !== 0x3a) return -1
    next = skipValue(bytes, skipSpace(bytes, next + 1), levels - 1)
    if (next < 0) return -1
    next = skipSpace(bytes, next)
    if (bytes[next] === 0x7d) return next + 1
    if (bytes[next] !== 0x2c) return -1
    next = skipSpace(bytes, next + 1)
  }
}

function skipArray(bytes: Uint8Array, at: number, levels: number): number {
  let next = skipSpace(bytes, at + 1)
  if (bytes[next] === 0x5d) return next + 1
  for (;;) {
    next = skipValue(bytes, next, levels - 1)
    if (next < 0) return -1
    next = skipSpace(bytes, next)
    if (bytes[next] === 0x5d) return next + 1
    if (bytes[next] !== 0x2c) return -1
    next = skipSpace(bytes, next + 1)
  }
}

function skipWord(bytes: Uint8Array, at: number, word: string): number {
  for (let index = 0; index < word.length; index += 1) if (bytes[at + index] !== word.charCodeAt(index)) return -1
  return at + word.length
}

function skipNumber(bytes: Uint8Array, at: number): number {
  let next = bytes[at] === 0x2d ? at + 1 : at
  next = bytes[next] === 0x30 ? next + 1 : skipDigits(bytes, next)
  if (next >= 0 && bytes[next] === 0x2e) next = skipDigits(bytes, next + 1)
  if (next >= 0 && (bytes[next] === 0x65 || bytes[next] === 0x45)) {
    const sign = bytes[next + 1]
    next = skipDigits(bytes, sign === 0x2b || sign === 0x2d ? next + 2 : next + 1)
  }
  return next
}

/** One at least. */
function skipDigits(bytes: Uint8Array, at: number): number {
  let next = at
  while (isDigit(bytes[next] ?? 0)) next += 1
  return next === at ? -1 : next
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isHex(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
}

/** `"`, `\`, `/`, b, f, n, r, t. */
function isEscape(byte: number): boolean {
  return '"\\/bfnrt'.includes(String.fromCharCode(byte))
}
