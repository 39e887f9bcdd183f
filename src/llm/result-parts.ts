import type { JsonObject } from '../core/json.ts'
import { isObject } from '../core/json.ts'
import type { CallToolResult, ContentBlock } from '../core/tool.ts'
import { sizeOfBase64, toResultText } from './result-text.ts'

/**
 * Writes a tool's result as the content of a `tool` message: its text, or a list of parts where it holds images, sounds or
 * files. Whether a model sees them is for the wire to say.
 *
 * Blocks keep their order; those past `maxMediaBytes` in one result are described in the text instead.
 *
 * @param text - what {@link toResultText} made of the result; returned as it is where there is nothing but text
 */
export function toResultContent(
  result: CallToolResult,
  text: string,
  { maxCharacters, maxMediaBytes }: Readonly<{ maxCharacters: number; maxMediaBytes: number }>,
): string | readonly JsonObject[] {
  let bytesLeft = maxMediaBytes
  const parts: JsonObject[] = []
  let texts: ContentBlock[] = []
  let charactersLeft = maxCharacters
  const tell = (): void => {
    if (texts.length === 0) return
    const told = toResultText({ content: texts }, charactersLeft)
    charactersLeft = Math.max(0, charactersLeft - told.length)
    parts.push({ type: 'text', text: told })
    texts = []
  }
  let hasMedia = false
  for (const block of result.content) {
    const media = toMedia(block)
    if (media === undefined || media.bytes > bytesLeft) {
      texts.push(block)
      continue
    }
    bytesLeft -= media.bytes
    hasMedia = true
    tell()
    parts.push(media.part)
  }
  if (!hasMedia) return text
  tell()
  return parts
}

/** A block of bytes as OpenAI's clients write one, and how many bytes there are. */
function toMedia(block: ContentBlock): { part: JsonObject; bytes: number } | undefined {
  if (block.type === 'image' || block.type === 'audio') return toPart(block.data, block.mimeType, block.type)
  const { resource } = block
  if (block.type !== 'resource' || !isObject(resource)) return undefined
  const name = typeof resource.uri === 'string' ? /[^/?#]+(?=[?#]|$)/.exec(resource.uri)?.[0] : undefined
  return toPart(resource.blob, resource.mimeType ?? 'application/octet-stream', name ?? 'file')
}

function toPart(data: unknown, mediaType: unknown, filename: string): { part: JsonObject; bytes: number } | undefined {
  if (typeof data !== 'string' || data === '' || typeof mediaType !== 'string') return undefined
  const url = `data:${mediaType};base64,${data}`
  const part = mediaType.startsWith('image/')
    ? { type: 'image_url', image_url: { url } }
    : { type: 'file', file: { filename, file_data: url } }
  return { part, bytes: sizeOfBase64(data) }
}
