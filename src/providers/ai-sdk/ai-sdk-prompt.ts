import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatMessage, ToolCall } from '../../core/model.ts'
import { isFunctionCall } from '../../core/model.ts'
import { toCallInput } from '../boundary/call-input.ts'
import { openAiProfiles } from '../openai/profiles.ts'
import { toToolMessage } from '../openai/tool-message.ts'
import type { PromptMessage } from './language-model.ts'
import { toFilePart } from './prompt-files.ts'

/** Stands where a package wants a text and there is none. */
const noContent = '(no content)'

/**
 * Writes a history as a prompt of the AI SDK.
 *
 * `system` and `developer` messages go to the front: most packages refuse them elsewhere. The results of a round stand in
 * one message, in the order of the calls; a call without a result gets a failure that says so, and a result whose call is
 * not there becomes text. Results are texts: packages that cannot show an image write its bytes into the prompt. A
 * message that a model of the AI SDK had said is replayed as it was, with what its package keeps in `providerOptions`.
 *
 * @param version - of the model's specification, such as `v4`
 * @throws GatewayError `REQUEST_INVALID` for a part that has no form there
 */
export function toPrompt(messages: readonly ChatMessage[], version: string): readonly PromptMessage[] {
  const system: PromptMessage[] = []
  const turns: PromptMessage[] = []
  let open: readonly ToolCall[] = []
  let results: readonly ChatMessage[] = []
  const closeRound = (): void => {
    const loose = results.filter(result => !open.some(({ id }) => id === result.tool_call_id))
    if (open.length > 0) turns.push({ role: 'tool', content: open.map(call => toResult(call, results)) })
    if (loose.length > 0) turns.push({ role: 'user', content: loose.map(toLooseResult) })
    open = []
    results = []
  }
  for (const [index, message] of messages.entries()) {
    const place = `messages[${index}]`
    if (message.role === 'tool') {
      results = [...results, message]
      continue
    }
    closeRound()
    if (message.role === 'system' || message.role === 'developer') {
      const content = textOf(message.content)
      if (content !== '') system.push({ role: 'system', content })
    } else if (message.role === 'assistant') {
      open = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isFunctionCall) : []
      const content = toAssistant(message, open)
      if (content.length > 0) turns.push({ role: 'assistant', content })
    } else turns.push({ role: 'user', content: toUser(message.content, place, version) })
  }
  closeRound()
  return [...system, ...turns]
}

function toUser(content: unknown, place: string, version: string): readonly JsonObject[] {
  const list = Array.isArray(content) ? content : [content ?? '']
  const parts = list.flatMap((part: unknown, index): JsonObject[] => {
    const text = typeof part === 'string' ? part : isObject(part) && part.type === 'text' ? part.text : undefined
    if (typeof text === 'string') return text.trim() === '' ? [] : [{ type: 'text', text }]
    const file = isObject(part) ? toFilePart(part, version) : undefined
    if (file !== undefined) return [file]
    throw new GatewayError(
      'REQUEST_INVALID',
      `${place}.content[${index}] has no form in the AI SDK. Send text, or an image, a sound or a file as a data URI.`,
      { data: { param: `${place}.content[${index}]`, code: 'unsupported_content' } },
    )
  })
  return parts.length > 0 ? parts : [{ type: 'text', text: noContent }]
}

function toAssistant(message: ChatMessage, calls: readonly ToolCall[]): readonly JsonObject[] {
  const { native, content, refusal, reasoning_content: thoughts } = message
  const said = native?.wire === 'ai-sdk' ? replay(native.value.content, calls) : undefined
  if (said !== undefined) return said
  const text = textOf(content) || (typeof refusal === 'string' ? refusal : '')
  return [
    ...(typeof thoughts === 'string' && thoughts !== '' ? [{ type: 'reasoning', text: thoughts }] : []),
    ...(text.trim() === '' ? [] : [{ type: 'text', text }]),
    ...calls.filter(isFunctionCall).map(({ id, function: { name, arguments: input } }) => ({
      type: 'tool-call',
      toolCallId: id,
      toolName: name,
      input: toCallInput(input),
    })),
  ]
}

/** What a model had said, under the ids that its calls have now; undefined where the calls were changed since. */
function replay(content: unknown, calls: readonly ToolCall[]): readonly JsonObject[] | undefined {
  const parts = Array.isArray(content) ? content.filter(isObject) : []
  const made = parts.filter(({ type }) => type === 'tool-call')
  const isSame = made.length === calls.length && calls.every((call, at) => nameOf(call) === made[at]?.toolName)
  if (!isSame) return undefined
  return parts.map(part => (part.type === 'tool-call' ? { ...part, toolCallId: calls[made.indexOf(part)]?.id } : part))
}

function nameOf(call: ToolCall): string {
  return isFunctionCall(call) ? call.function.name : ''
}

function toResult(call: ToolCall, results: readonly ChatMessage[]): JsonObject {
  const result = results.find(({ tool_call_id: id }) => id === call.id)
  const output =
    result === undefined
      ? { type: 'error-text', value: 'This call was given no result.' }
      : { type: result.is_error === true ? 'error-text' : 'text', value: resultText(result) }
  return { type: 'tool-result', toolCallId: call.id, toolName: nameOf(call), output }
}

function toLooseResult(result: ChatMessage): JsonObject {
  return { type: 'text', text: `Result of the tool call ${String(result.tool_call_id)}:\n${resultText(result)}` }
}

/** Text, and everything else described in words, as for an endpoint of OpenAI's format that shows nothing. */
function resultText({ is_error: _, ...message }: ChatMessage): string {
  const { content } = toToolMessage(message as ChatMessage, openAiProfiles.generic).message
  return typeof content === 'string' && content !== '' ? content : noContent
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  const parts = Array.isArray(content) ? content.filter(isObject) : []
  return parts.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])).join('\n')
}
