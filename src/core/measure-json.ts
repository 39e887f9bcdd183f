/** What a text of JSON may hold: levels of objects and lists, and how many of them in all. */
export type JsonBounds = Readonly<{ maxDepth: number; maxContainers: number }>

/** A shorter text holds too little to take long to parse, whatever it is. */
const minLength = 65_536

/**
 * Tells whether a text holds more than it may, before it is parsed: `JSON.parse` takes up to a second for three megabytes of
 * nothing but brackets, in which nobody else is served. Some milliseconds for a text of four megabytes.
 *
 * Says nothing of whether the text is JSON. One that is passed may still be too deep where it is short.
 *
 * @returns which bound is passed; undefined when none is
 */
export function passesBounds(text: string, { maxDepth, maxContainers }: JsonBounds): keyof JsonBounds | undefined {
  if (text.length < minLength) return undefined
  let depth = 0
  let containers = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = endOfString(text, at)
      if (at < 0) return undefined
    } else if (code === openBrace || code === openBracket) {
      depth += 1
      containers += 1
      if (depth > maxDepth) return 'maxDepth'
      if (containers > maxContainers) return 'maxContainers'
    } else if (code === closeBrace || code === closeBracket) depth -= 1
  }
  return undefined
}

const quote = 0x22
const backslash = 0x5c
const openBrace = 0x7b
const openBracket = 0x5b
const closeBrace = 0x7d
const closeBracket = 0x5d

/** Where a string ends that begins at `start`; negative where it has no end. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1
    if (escapes % 2 === 0) return end
  }
  return -1
}
