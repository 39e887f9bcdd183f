import { isObject } from '../core/json.ts'
import type { CallToolResult, ContentBlock } from '../core/tool.ts'

/**
 * Writes a tool's result as the text that a model reads: chat messages of role `tool` take nothing but text.
 *
 * Text blocks are joined by newlines and the others described; structured content stands in where there is no text.
 * A failure begins with "Error: ". Longer results are cut, and say so.
 *
 * @param maxCharacters - of the result itself; the note about the cut comes on top
 */
export function toResultText(result: CallToolResult, maxCharacters: number): string {
  const hasText = result.content.some(block => block.type === 'text' && block.text !== '')
  const structured = hasText || result.structuredContent === undefined ? [] : [JSON.stringify(result.structuredContent)]
  const parts = [...structured, ...result.content.map(describeBlock)].filter(part => part !== '')
  const text = cut(parts.join('\n') || '(no content)', maxCharacters)
  return result.isError === true && !/^error\b/i.test(text) ? `Error: ${text}` : text
}

/** Bytes behind base64: three for four characters, less the padding. */
export function sizeOfBase64(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return Math.floor(((text.length - padding) * 3) / 4)
}

function describeBlock(block: ContentBlock): string {
  const { type, mimeType } = block
  if (type === 'text') return String(block.text ?? '')
  if (type === 'image' || type === 'audio') return `[${type}${word(mimeType)}${size(block.data)}]`
  if (type === 'resource_link') return `[resource link${word(block.name)}${word(block.uri)}${word(mimeType)}]`
  const { resource } = block
  if (type !== 'resource' || !isObject(resource)) return `[${type}]`
  if (typeof resource.text === 'string') return `[resource${word(resource.uri)}]\n${resource.text}`
  return `[resource${word(resource.uri)}${word(resource.mimeType)}${size(resource.blob)}]`
}

function word(value: unknown): string {
  return typeof value === 'string' && value !== '' ? ` ${value}` : ''
}

function size(base64: unknown): string {
  return typeof base64 === 'string' ? `, ${sizeOfBase64(base64)} bytes` : ''
}

/** Never splits a surrogate pair. */
function cut(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text
  const last = text.charCodeAt(maxCharacters - 1)
  const end = last >= 0xd800 && last <= 0xdbff ? maxCharacters - 1 : maxCharacters
  return `${text.slice(0, end)}\n[cut: ${text.length - end} more characters were left out]`
}
