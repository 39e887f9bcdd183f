/** ECMAScript 2026, "JSON.rawJSON"; TypeScript does not know it yet. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON: (text: string) => unknown
  isRawJSON: (value: unknown) => boolean
}

/** A number that is written to JSON as it stands in `text`. */
export function exactNumber(text: string): unknown {
  return rawJSON(text)
}

/**
 * The value with every digit of its numbers: one that JavaScript may have rounded is written again as it came.
 *
 * @param text - what the value was parsed from
 * @returns undefined for such a number alone, which nobody could tell from an object, and where one is past the range of
 *   a double: clients read it as infinite, which JSON Schema calls no number, and JSON writes as null
 */
export function withExactNumbers(value: unknown, text: string): unknown {
  if (!longNumber.test(text) && !farNumber.test(text)) return value
  let isEndless = false
  const exact: unknown = JSON.parse(text, (_key, each: unknown, context?: { source?: string }) => {
    if (typeof each !== 'number') return each
    const source = context?.source ?? ''
    if (!Number.isFinite(each)) isEndless = true
    return longNumber.test(source) || (each === 0 && !nothingButZero.test(source)) ? rawJSON(source) : each
  })
  return isEndless || isRawJSON(exact) ? undefined : exact
}

/** As many digits, with a point among them or not, as a double may not hold. */
const longNumber = /\d[\d.]{15}/

/** An exponent that a double may not reach. */
const farNumber = /\d[eE][+-]?\d{3}/

/** What is zero as it is written, and not because it was too small. */
const nothingButZero = /^-?[0.]+(?:[eE]|$)/
