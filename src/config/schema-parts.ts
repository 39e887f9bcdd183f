import { z } from 'zod'

/** How a file is parsed, which happens once in a while: to compile a parser for it takes longer than it saves. */
export const parsedOnce = { jitless: true } as const

/** An optional key that is absent or undefined: what zod gives and our strict optional properties do not take. */
export type Loose<Shape> = { readonly [Key in keyof Shape]?: Shape[Key] | undefined }

/**
 * An optional whole number within bounds, or text: digits, or a variable that becomes digits.
 *
 * One schema for each pair of bounds: every start makes all of them, and a hundred keys have the same.
 */
export function number(minimum: number, maximum: number, description: string): OptionalNumber {
  const bounds = `${minimum} ${maximum}`
  const known =
    optionalNumbers.get(bounds) ?? z.union([z.int().check(z.gte(minimum), z.lte(maximum)), digits]).optional()
  optionalNumbers.set(bounds, known)
  return known.describe(description)
}

type OptionalNumber = z.ZodOptional<z.ZodType<number | string>>

/** Reads what {@link number} let through; undefined when the text is no whole number within the bounds. */
export function toWholeNumber(value: number | string, minimum: number, maximum: number): number | undefined {
  const read = typeof value === 'number' ? value : /^\d{1,15}$/.test(value) ? Number(value) : undefined
  return read !== undefined && read >= minimum && read <= maximum ? read : undefined
}

/** Describes a key that means what another one does. */
export function same(key: string): string {
  return `The same as \`${key}\`.`
}

/** An optional text. */
export function text(description: string): z.ZodOptional<z.ZodString> {
  return optionalText.describe(description)
}

/** An optional list of texts. */
export function texts(description: string): z.ZodOptional<z.ZodArray<z.ZodString>> {
  return optionalTexts.describe(description)
}

/** An optional map of texts. */
export function map(description: string): z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>> {
  return optionalMap.describe(description)
}

/** An optional switch. */
export function flag(description: string): z.ZodOptional<z.ZodBoolean> {
  return optionalFlag.describe(description)
}

// Each is made once, and described anew for each key.
const digits = z.string().regex(/^\d+$|\$\{|^os\.environ\//)
const optionalNumbers = new Map<string, OptionalNumber>()
const optionalText = z.string().optional()
const optionalTexts = z.array(z.string()).optional()
const optionalMap = z.record(z.string(), z.string()).optional()
const optionalFlag = z.boolean().optional()
