import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ToolCall } from '../../core/model.ts'
import { toCallInput } from '../boundary/call-input.ts'

/** A content block on its way. `use` is the beginning of a call, `text` its input or the block's text. */
export type BlockDraft = {
  use?: JsonObject
  text: string
  reasoning?: { text: string; signature: string; redacted: Uint8Array[] }
  citations: JsonObject[]
}

/** Begins a block; only calls are announced. */
export function startBlock(start: unknown): BlockDraft {
  const use = isObject(start) && isObject(start.toolUse) ? { use: start.toolUse } : {}
  return { ...use, text: '', citations: [] }
}

/** Adds a piece to its block. @returns what callers are shown of it */
export function addDelta(draft: BlockDraft, delta: JsonObject): JsonObject | undefined {
  const { text, toolUse, reasoningContent: thought, citation } = delta
  if (isObject(toolUse) && typeof toolUse.input === 'string') draft.text += toolUse.input
  if (isObject(citation)) draft.citations.push(citation)
  if (isObject(thought)) return addThought(draft, thought)
  if (typeof text !== 'string' || text === '') return undefined
  draft.text += text
  return { content: text }
}

function addThought(draft: BlockDraft, { text, signature, redactedContent }: JsonObject): JsonObject | undefined {
  draft.reasoning ??= { text: '', signature: '', redacted: [] }
  if (typeof signature === 'string') draft.reasoning.signature += signature
  if (typeof redactedContent === 'string') draft.reasoning.redacted.push(Buffer.from(redactedContent, 'base64'))
  if (typeof text !== 'string' || text === '') return undefined
  draft.reasoning.text += text
  return { reasoning_content: text }
}

/** The block as Converse takes it back; undefined for one without content. */
export function finishBlock({ use, text, reasoning, citations }: BlockDraft): JsonObject | undefined {
  if (use !== undefined) return { toolUse: { ...use, input: toCallInput(text) } }
  if (reasoning !== undefined) return { reasoningContent: finishReasoning(reasoning) }
  if (citations.length > 0) return { citationsContent: { content: [{ text }], citations } }
  return text === '' ? undefined : { text }
}

/** The call as it is given to callers, its arguments as the model wrote them; undefined for other blocks. */
export function finishCall({ use, text }: BlockDraft): ToolCall | undefined {
  if (use === undefined || use.type === 'server_tool_use') return undefined
  const args = text.trim() === '' ? '{}' : text
  return { id: String(use.toolUseId), type: 'function', function: { name: String(use.name), arguments: args } }
}

function finishReasoning({ text, signature, redacted }: NonNullable<BlockDraft['reasoning']>): JsonObject {
  if (redacted.length > 0) return { redactedContent: Buffer.concat(redacted).toString('base64') }
  return { reasoningText: { text, ...(signature !== '' && { signature }) } }
}
