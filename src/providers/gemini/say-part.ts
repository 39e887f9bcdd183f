import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/**
 * What a part adds to the assistant's message, calls aside; undefined for what only Google reads.
 *
 * Thoughts are `reasoning_content`. Images come in `images`, as content parts `image_url` with data URIs, other files
 * in `files` (LiteLLM's and OpenRouter's form). Code that Google ran, and what it printed, are told as fenced text.
 */
export function sayPart(part: JsonObject): JsonObject | undefined {
  const { text, inlineData, fileData, executableCode: code, codeExecutionResult: result } = part
  if (typeof text === 'string')
    return text === '' ? undefined : { [part.thought === true ? 'reasoning_content' : 'content']: text }
  if (part.thought === true) return undefined
  if (isObject(inlineData)) return sayFile(`data:${nameOf(inlineData)};base64,${String(inlineData.data)}`, inlineData)
  if (isObject(fileData)) return sayFile(String(fileData.fileUri), fileData)
  if (isObject(code)) return { content: fence(String(code.language ?? '').toLowerCase(), code.code) }
  return isObject(result) ? { content: fence('', result.output) } : undefined
}

function sayFile(url: string, file: JsonObject): JsonObject {
  return nameOf(file).startsWith('image/')
    ? { images: [{ type: 'image_url', image_url: { url } }] }
    : { files: [{ type: 'file', file: { file_data: url } }] }
}

function nameOf(file: JsonObject): string {
  return typeof file.mimeType === 'string' ? file.mimeType : 'application/octet-stream'
}

function fence(language: string, text: unknown): string {
  return `\n\`\`\`${language === 'language_unspecified' ? '' : language}\n${typeof text === 'string' ? text : ''}\n\`\`\`\n`
}
