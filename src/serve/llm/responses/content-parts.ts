import { z } from 'zod'
import type { JsonObject } from '../../../core/json.ts'
import { invalid } from '../read-body.ts'

/** The content of a message or of a call's output, parsed: text, or parts of known types. */
export type Content = string | readonly ContentPart[]

/** A part as the caller sent it; unknown fields kept. */
export type ContentPart = Readonly<
  (
    | { type: 'input_text' | 'output_text' | 'summary_text' | 'text'; text: string }
    | { type: 'refusal'; refusal: string }
    | { type: 'input_image'; image_url?: string | null | undefined; detail?: string | null | undefined }
    | {
        type: 'input_file'
        file_data?: string | null | undefined
        file_url?: string | null | undefined
        file_id?: string | null | undefined
        filename?: string | null | undefined
      }
    | { type: 'input_audio'; input_audio: JsonObject }
  ) & { [field: string]: unknown }
>

const partSchema: z.ZodType<ContentPart> = z.discriminatedUnion(
  'type',
  [
    z.looseObject({ type: z.literal(['input_text', 'output_text', 'summary_text', 'text']), text: z.string() }),
    z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
    z.looseObject({
      type: z.literal('input_image'),
      image_url: z.string().nullish(),
      detail: z.string().nullish(),
    }),
    z.looseObject({
      type: z.literal('input_file'),
      file_data: z.string().nullish(),
      file_url: z.string().nullish(),
      file_id: z.string().nullish(),
      filename: z.string().nullish(),
    }),
    z.looseObject({ type: z.literal('input_audio'), input_audio: z.looseObject({}) }),
  ],
  {
    error: issue =>
      issue.code === 'invalid_union'
        ? 'must be input_text, input_image, input_file, input_audio, output_text or refusal'
        : undefined,
  },
)

/** Reads content; a part of a type that is not of this API is refused with its place. */
export const contentSchema: z.ZodType<Content> = z.union([z.string(), z.array(partSchema)], {
  error: issue => {
    const inner = issue.code === 'invalid_union' ? (issue.errors?.[1]?.[0] as z.core.$ZodIssue | undefined) : undefined
    if (inner === undefined || inner.path.length === 0) return 'must be a text or a list of parts'
    return `part ${inner.path.map(String).join('.')}: ${inner.message}`
  },
})

/**
 * Writes content in OpenAI chat's words: the text itself where there is nothing else.
 *
 * @param at - where it stands, for errors
 * @throws GatewayError `REQUEST_INVALID` for what only its owner can look up
 */
export function toChatContent(content: Content, at: string): string | readonly JsonObject[] {
  if (typeof content === 'string') return content
  return content.map((part, index) => toChatPart(part, `${at}[${index}]`))
}

/** The text of content, its other parts left out. */
export function textOf(content: Content): string {
  if (typeof content === 'string') return content
  return content.map(part => ('text' in part && typeof part.text === 'string' ? part.text : '')).join('')
}

function toChatPart(part: ContentPart, at: string): JsonObject {
  switch (part.type) {
    case 'refusal':
      return { type: 'text', text: part.refusal }
    case 'input_image': {
      const { image_url: url, detail } = part
      if (!url)
        throw invalid(at, 'an image must come as image_url, an address or a data URI: uploads are not kept here')
      return { type: 'image_url', image_url: { url, ...(detail && { detail }) } }
    }
    case 'input_file': {
      const { file_data: data, file_url: url, file_id: id, filename } = part
      const given = data ?? url
      if (!given && !id) throw invalid(at, 'a file must come as file_data, file_url or file_id')
      return {
        type: 'file',
        file: { ...(filename && { filename }), ...(given ? { file_data: given } : { file_id: id }) },
      }
    }
    case 'input_audio':
      return { type: 'input_audio', input_audio: part.input_audio }
    default:
      return { type: 'text', text: part.text }
  }
}
