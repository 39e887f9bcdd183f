import { randomUUID } from 'node:crypto'
import { isObject } from '../../../core/json.ts'
import type { FunctionCall, ToolCall } from '../../../core/model.ts'

/** The id of a `tool_use` or `mcp_tool_use` block, taken apart: the call's own id, and Gemini's signature of the call. */
export type BlockId = Readonly<{ id: string; google?: Readonly<{ thought_signature: string; model?: string }> }>

/**
 * The id of a `tool_use` block for a call.
 *
 * Clients tell calls apart by id over a whole conversation, and many endpoints count from zero in every answer: an id that
 * does not look like it is one of a kind is replaced. Gemini's signature, which must come back with its call and has no
 * field in this API, rides along in the id: the one thing of a call that every client sends back.
 */
export function toToolUseId(call: ToolCall): string {
  return lastingId(call.id) + signatureOf(call)
}

/** True for an id that looks as if it were one of a kind. */
export function isLasting(id: unknown): boolean {
  return typeof id === 'string' && /^(?:toolu_[\w-]+|[\w-]{16,})$/.test(id)
}

/** The id of an `mcp_tool_use` block for a call; {@link fromMcpId} gives the call's own back. */
export function toMcpId(call: FunctionCall): string {
  const id = lastingId(call.id)
  return (/^toolu_[^_]/.test(id) ? `mcp${id}` : `mcptoolu__${id}`) + signatureOf(call)
}

/** Reads the id of a `tool_use` block, or of its result. */
export function fromToolUseId(text: string): BlockId {
  const at = text.lastIndexOf(mark)
  const google = at < 0 ? undefined : readSignature(text.slice(at + mark.length))
  return google === undefined ? { id: text } : { id: text.slice(0, at), google }
}

/** Reads the id of an `mcp_tool_use` block, or of its result. */
export function fromMcpId(text: string): BlockId {
  const { id, ...signed } = fromToolUseId(text)
  if (id.startsWith('mcptoolu__')) return { id: id.slice('mcptoolu__'.length), ...signed }
  return { id: id.startsWith('mcptoolu_') ? id.slice('mcp'.length) : id, ...signed }
}

/** Not in any id that a provider gives, and legal in all of them. */
const mark = '__signed_by_google__'

function lastingId(id: string): string {
  return isLasting(id) ? id : `toolu_${randomUUID().replaceAll('-', '').slice(0, 24)}`
}

function signatureOf({ extra_content: extra }: ToolCall): string {
  const google = isObject(extra) && isObject(extra.google) ? extra.google : {}
  const { thought_signature: signature, model } = google
  if (typeof signature !== 'string' || signature === '') return ''
  return mark + Buffer.from(JSON.stringify([signature, model]), 'utf8').toString('base64url')
}

function readSignature(text: string): BlockId['google'] {
  try {
    const [signature, model] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[]
    if (typeof signature !== 'string') return undefined
    return { thought_signature: signature, ...(typeof model === 'string' && { model }) }
  } catch {
    return undefined
  }
}
