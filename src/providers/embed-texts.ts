import type { Embeddings, EmbedRequest } from '../core/embeddings.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'

/** What OpenAI takes in one request; here it bounds how many requests one may become. */
const maxInputs = 2_048

const encodings: ReadonlySet<unknown> = new Set(['float', 'base64'])

/**
 * The texts of a request, for a wire that takes nothing else, and whose answers are written here.
 *
 * @throws GatewayError `REQUEST_INVALID` for tokens, for nothing, for too many, and for an encoding that is not written
 */
export function textsOf({ model, body }: EmbedRequest): readonly string[] {
  if (!encodings.has(body.encoding_format ?? 'float')) throw invalid('encoding_format', 'must be float or base64')
  const texts: unknown[] = Array.isArray(body.input) ? body.input : [body.input]
  if (texts.length === 0 || texts.length > maxInputs)
    throw invalid('input', `must be one text, or a list of 1 to ${maxInputs}; it has ${texts.length}`)
  for (const [index, text] of texts.entries()) {
    if (typeof text === 'string' && text !== '') continue
    const place = Array.isArray(body.input) ? `input[${index}]` : 'input'
    throw invalid(place, `must be a text that is not empty; "${model}" takes no tokens and nothing else`)
  }
  return texts as string[]
}

/**
 * The dimensions that are asked for; undefined where the model's own are.
 *
 * @throws GatewayError `REQUEST_INVALID` for what is no whole number
 */
export function dimensionsOf({ body: { dimensions } }: EmbedRequest): number | undefined {
  if (dimensions === undefined || dimensions === null) return undefined
  if (Number.isSafeInteger(dimensions) && (dimensions as number) > 0) return dimensions as number
  throw invalid('dimensions', 'must be a whole number above 0')
}

/** Cuts a list into pieces of at most so many. */
export function inBatches<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size))
}

/**
 * Writes OpenAI's answer: the vectors in the order of the texts, as numbers or, where the caller wants it, as base64 of
 * 32-bit floats in little-endian order.
 *
 * @param tokens - of all texts; 0 is told where the provider does not say, since the form asks for a number
 * @returns undefined unless there is a vector for each text
 */
export function toEmbeddings(
  vectors: readonly unknown[],
  request: EmbedRequest,
  tokens: number | undefined,
): Embeddings | undefined {
  if (vectors.length !== textsOf(request).length || !vectors.every(isVector)) return undefined
  const write = request.body.encoding_format === 'base64' ? toBase64 : (vector: readonly number[]) => vector
  const data = vectors.map((vector, index) => ({ object: 'embedding', index, embedding: write(vector) }))
  const usage: JsonObject = { prompt_tokens: tokens ?? 0, total_tokens: tokens ?? 0 }
  const text = JSON.stringify({ object: 'list', data, model: request.model, usage })
  return { text, ...(tokens !== undefined && { usage }) }
}

/** Adds up what some answers say of their tokens; undefined where one does not. */
export function sumTokens(counts: readonly unknown[]): number | undefined {
  let sum = 0
  for (const count of counts) {
    const number = typeof count === 'string' && count !== '' ? Number(count) : count
    if (typeof number !== 'number' || !Number.isFinite(number)) return undefined
    sum += number
  }
  return sum
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(each => typeof each === 'number')
}

function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}

function invalid(param: string, problem: string): GatewayError {
  return new GatewayError('REQUEST_INVALID', `"${param}": ${problem}.`, { data: { param } })
}
