import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatMessage, ToolCall } from '../../core/model.ts'
import { isFunctionCall } from '../../core/model.ts'
import type { OpenAiProfile } from './profiles.ts'
import { toToolMessage } from './tool-message.ts'

/**
 * Writes a history as OpenAI has it: without what is ours or another provider's, and a message that needs no change is
 * the same object.
 *
 * What tools returned beside text follows their answers as a message of the user's, the only place where it may stand.
 */
export function toMessages(messages: readonly ChatMessage[], profile: OpenAiProfile): readonly JsonObject[] {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  const written: JsonObject[] = []
  let shown: JsonObject[] = []
  const showParts = (): void => {
    if (shown.length === 0) return
    say({ role: 'user', content: shown })
    shown = []
  }
  const say = (message: JsonObject): void => {
    if (profile.bridgesTools === true && message.role === 'user' && written.at(-1)?.role === 'tool') {
      written.push({ role: 'assistant', content: 'OK.' })
    }
    written.push(profile.filesAsDocuments === true && message.role === 'user' ? withDocuments(message) : message)
  }
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      const { message: answer, parts } = toToolMessage(message, profile)
      written.push(answer)
      shown.push(...parts)
      continue
    }
    showParts()
    if (message.role !== 'assistant') say(withoutOurs(message))
    else
      say(
        toAssistant(
          message,
          profile.thoughts === 'always' || (profile.thoughts === 'in-turn' && index > lastUser),
          profile,
        ),
      )
  }
  showParts()
  return written
}

/** Fields that are ours; the wire never sees them. */
function withoutOurs(message: ChatMessage): ChatMessage {
  if (message.native === undefined && message.is_error === undefined) return message
  const { native, is_error: _, ...others } = message
  return others as ChatMessage
}

function toAssistant(message: ChatMessage, keepsThoughts: boolean, { anyArguments }: OpenAiProfile): JsonObject {
  const plain = withoutOurs(message)
  const said = keepsThoughts || !thoughtFields.some(field => field in plain) ? plain : withoutThoughts(plain)
  const calls = Array.isArray(said.tool_calls) ? (said.tool_calls as readonly ToolCall[]) : []
  const sent = calls.map(call => withArguments(keepsThoughts ? call : withoutSignature(call), anyArguments))
  const hasChanged = sent.some((call, index) => call !== calls[index])
  const isEmpty = Array.isArray(said.content) && said.content.length === 0
  const isBare = (said.content ?? null) === null && calls.length === 0 && !silent.some(field => said[field])
  const hasNoCalls = said.tool_calls !== undefined && calls.length === 0
  if (!hasChanged && !isEmpty && !isBare && !hasNoCalls) return said
  const { tool_calls: _, ...others } = said
  return {
    ...others,
    // Null is for messages that call something.
    ...((isEmpty || isBare) && { content: '' }),
    ...(sent.length > 0 && { tool_calls: sent }),
  }
}

/** No arguments are an empty object on any wire; what is no object is shown to the model inside one. */
function withArguments(call: ToolCall, anyArguments: boolean): ToolCall {
  if (!isObject(call) || !isFunctionCall(call)) return call
  const text = call.function.arguments
  const isBlank = text.trim() === ''
  if (!isBlank && (anyArguments || isObjectText(text))) return call
  return { ...call, function: { ...call.function, arguments: isBlank ? '{}' : JSON.stringify({ arguments: text }) } }
}

function isObjectText(text: string): boolean {
  try {
    return isObject(JSON.parse(text))
  } catch {
    return false
  }
}

/** A file with its data becomes a document at its own address, a data URI. */
function withDocuments(message: JsonObject): JsonObject {
  const { content } = message
  if (!Array.isArray(content) || !content.some(isFilePart)) return message
  return {
    ...message,
    content: content.map((part: unknown) => {
      if (!isFilePart(part)) return part
      const { file_data: url, filename } = part.file
      return { type: 'document_url', document_url: url, ...(filename !== undefined && { document_name: filename }) }
    }),
  }
}

function isFilePart(part: unknown): part is { file: { file_data: string; filename?: unknown } } {
  return isObject(part) && part.type === 'file' && isObject(part.file) && typeof part.file.file_data === 'string'
}

/** What an assistant's message may hold in place of a text. */
const silent = ['function_call', 'refusal', 'audio']

/** Thoughts, as the endpoints that tell them call them. */
const thoughtFields = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking_blocks', 'extra_content']

function withoutThoughts(message: ChatMessage): ChatMessage {
  return Object.fromEntries(Object.entries(message).filter(([field]) => !thoughtFields.includes(field))) as ChatMessage
}

function withoutSignature(call: ToolCall): ToolCall {
  if (!isObject(call) || !('extra_content' in call)) return call
  const { extra_content: _, ...others } = call
  return others as ToolCall
}
