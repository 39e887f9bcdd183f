import type { JsonObject } from '../../core/json.ts'
import type { ChatMessage } from '../../core/model.ts'
import { isGemini3 } from './gemini-model.ts'
import { toParts } from './gemini-parts.ts'

/** A call as the wire has it: its result must carry the same name, and its id where it has one. */
export type OpenCall = Readonly<{ name: string; id?: string }>

/** What Gemini 3 takes inside `functionResponse.parts`; other media go beside it. */
const typesInside = /^(?:image\/(?:png|jpeg|webp)|application\/pdf|text\/plain)$/

/**
 * Writes the results of one turn's calls: as many `functionResponse` parts as there were calls, in their order, and
 * behind them the media that do not fit inside.
 *
 * `response` is always an object, `{ output }` or `{ error }`, its value text: JSON in it stays text, so that nothing
 * in it is read as a reference (Gemini 3 resolves any `$ref` in a structured response, vercel/ai#14369) and no digit of
 * a number is lost. A call without a result gets an error that says so.
 *
 * @param results - one for each call
 */
export function toResponses(
  calls: readonly OpenCall[],
  results: readonly (Readonly<{ message: ChatMessage; where: string }> | undefined)[],
  model: string,
): JsonObject[] {
  const written = calls.map((call, index) => toResponse(call, results[index], isGemini3(model)))
  return [...written.map(({ part }) => part), ...written.flatMap(({ beside }) => beside)]
}

function toResponse(
  { name, id }: OpenCall,
  result: Readonly<{ message: ChatMessage; where: string }> | undefined,
  hasInside: boolean,
): { part: JsonObject; beside: readonly JsonObject[] } {
  const head = { ...(id !== undefined && { id }), name }
  if (result === undefined) {
    return { part: { functionResponse: { ...head, response: { error: 'No result was given.' } } }, beside: [] }
  }
  const { message, where } = result
  const parts = toParts(readable(message.content), `${where}.content`).map(describeUnknown)
  const text = parts.flatMap(part => (typeof part.text === 'string' ? [part.text] : [])).join('\n')
  const media = parts.filter(part => part.text === undefined)
  const isInside = (part: JsonObject): boolean => hasInside && typesInside.test(typeOf(part))
  const [inside, outside] = [media.filter(isInside), media.filter(part => !isInside(part))]
  const output = text !== '' || media.length === 0 ? text : `${media.length === 1 ? 'A file' : 'Files'} with it.`
  return {
    part: {
      functionResponse: {
        ...head,
        response: message.is_error === true ? { error: output } : { output },
        ...(inside.length > 0 && { parts: inside }),
      },
    },
    beside: outside.length > 0 ? [{ text: `From the result of ${name}:` }, ...outside] : [],
  }
}

/** One file that the API cannot read fails the whole request, and what tools return is nobody's choice. */
function describeUnknown(part: JsonObject): JsonObject {
  const type = typeOf(part)
  if (part.inlineData === undefined || /^(?:image\/(?!svg)|audio\/|video\/|text\/|application\/pdf$)/.test(type))
    return part
  return { text: `[file ${type}, which cannot be shown]` }
}

/** Callers also send results that are plain JSON; they are given as text. */
function readable(content: unknown): unknown {
  if (typeof content === 'string' || Array.isArray(content) || content === null || content === undefined) return content
  return JSON.stringify(content)
}

/** Only data goes inside: what `fileData` of a result may be differs from API to API. */
function typeOf(part: JsonObject): string {
  const data = part.inlineData as JsonObject | undefined
  return typeof data?.mimeType === 'string' ? data.mimeType : ''
}
