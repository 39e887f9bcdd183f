import { z } from 'zod'

/** How a file is parsed, which happens once in a while: to compile a parser for it takes longer than it saves. */
export const parsedOnce = { jitless: true } as const

/** An optional key that is absent or undefined: what zod gives and our strict optional properties do not take. */
export type Loose<Shape> = { readonly [Key in keyof Shape]?: Shape[Key] | undefined }

/** A whole number within bounds, or text: digits, or a variable that becomes digits. */
export function wholeNumber(minimum: number, maximum: number): z.ZodType<number | string> {
  return z.union([z.int().min(minimum).max(maximum), z.string().regex(digitsOrVariable)])
}

/** Reads what {@link wholeNumber} let through; undefined when the text is no whole number within the bounds. */
export function toWholeNumber(value: number | string, minimum: number, maximum: number): number | undefined {
  const number = typeof value === 'number' ? value : /^\d{1,15}$/.test(value) ? Number(value) : undefined
  return number !== undefined && number >= minimum && number <= maximum ? number : undefined
}

/** Describes a key that means what another one does. */
export function same(key: string): string {
  return `The same as \`${key}\`.`
}

/** An optional text. */
export function text(description: string): z.ZodOptional<z.ZodString> {
  return z.string().optional().describe(description)
}

/** An optional list of texts. */
export function texts(description: string): z.ZodOptional<z.ZodArray<z.ZodString>> {
  return z.array(z.string()).optional().describe(description)
}

/** An optional map of texts. */
export function map(description: string): z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>> {
  return z.record(z.string(), z.string()).optional().describe(description)
}

const digitsOrVariable = /^\d+$|\$\{|^os\.environ\//
