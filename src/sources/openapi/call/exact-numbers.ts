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
 * @returns undefined for such a number alone, which nobody could tell from an object
 */
export function withExactNumbers(value: unknown, text: string): unknown {
  if (!longNumber.test(text)) return value
  const exact: unknown = JSON.parse(text, (_key, each: unknown, context?: { source?: string }) => {
    const source = context?.source ?? ''
    return typeof each === 'number' && longNumber.test(source) ? rawJSON(source) : each
  })
  return isRawJSON(exact) ? undefined : exact
}

/** As many digits, with a point among them or not, as a double may not hold. */
const longNumber = /\d[\d.]{15}/
