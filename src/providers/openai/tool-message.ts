import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatMessage } from '../../core/model.ts'
import type { OpenAiProfile } from './profiles.ts'

/**
 * Writes the answer of a tool: its text as a string, a failure said in words, and the parts that can be shown beside it.
 *
 * @returns `parts` for a message of the user's; each begins with a text that says whose it is
 */
export function toToolMessage(
  message: ChatMessage,
  profile: OpenAiProfile,
): { message: JsonObject; parts: readonly JsonObject[] } {
  const { native, is_error: isError, content, ...others } = message
  if (typeof content === 'string' && isError !== true) {
    return { message: native === undefined && isError === undefined ? message : { ...others, content }, parts: [] }
  }
  const shown: JsonObject[] = []
  const texts = (Array.isArray(content) ? content : [content]).map(part => {
    if (typeof part === 'string') return part
    if (!isObject(part)) return ''
    if (typeof part.text === 'string') return part.text
    if (!canShow(part, profile)) return describePart(part)
    const label = `[${part.type === 'file' ? 'file' : 'image'} ${shown.length / 2 + 1} of ${message.tool_call_id}]`
    shown.push({ type: 'text', text: label }, part)
    return `${label} (shown below)`
  })
  const text = texts.filter(text => text !== '').join('\n')
  const told = isError === true && !/^error\b/i.test(text) ? `Error: ${text}` : text
  return { message: { ...others, content: told }, parts: shown }
}

/** OpenAI takes PDF and no other files. */
function canShow(part: JsonObject, { images, files }: OpenAiProfile): boolean {
  if (part.type === 'image_url') return images
  return part.type === 'file' && files && mediaTypeOf(part) === 'application/pdf'
}

function describePart(part: JsonObject): string {
  const type = part.type === 'image_url' ? 'image' : String(part.type)
  const media = mediaTypeOf(part)
  const name = isObject(part.file) && typeof part.file.filename === 'string' ? ` ${part.file.filename}` : ''
  return `[${type}${name}${media === undefined ? '' : ` ${media}`}]`
}

/** The media type of a data URI (RFC 2397). */
function mediaTypeOf({ image_url: image, file }: JsonObject): string | undefined {
  const data = isObject(image) ? image.url : isObject(file) ? file.file_data : undefined
  return typeof data === 'string' ? /^data:([^;,]+)/.exec(data)?.[1] : undefined
}
