import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatMessage, ToolCall, TurnRequest } from '../../core/model.ts'
import { isGemini3, mayShareSignatures, skipSignature } from './gemini-model.ts'
import { toParts } from './gemini-parts.ts'
import type { OpenCall } from './gemini-results.ts'
import { toResponses } from './gemini-results.ts'

/** A turn of the conversation as Gemini has it. */
type Content = { role: 'user' | 'model'; parts: JsonObject[] }

/** Stands where the API wants a turn of the user's and there is none. */
const bridge: JsonObject = { text: 'Continue.' }

/**
 * Writes messages as `contents` and `systemInstruction`.
 *
 * Roles alternate, the first and the last turn are the user's, and each turn with calls is followed by one with as many
 * results in their order, wherever in the messages those stood. Messages of role `system` and `developer` are joined to
 * the system instruction, in their order.
 *
 * @throws GatewayError `REQUEST_INVALID` for content that Gemini cannot carry
 */
export function toTurns(request: TurnRequest): { contents: Content[]; systemInstruction?: JsonObject } {
  const { messages, model } = request
  const system = messages.flatMap((message, index) =>
    isSystem(message) ? toParts(message.content, `messages[${index}].content`) : [],
  )
  const turns: Content[] = []
  const add = (role: Content['role'], parts: readonly JsonObject[]): void => {
    const last = turns.at(-1)
    if (parts.length === 0) return
    if (last?.role === role) last.parts.push(...parts)
    else turns.push({ role, parts: [...parts] })
  }
  const used = new Set<number>()
  messages.forEach((message, index) => {
    if (isSystem(message) || used.has(index)) return
    const where = `messages[${index}]`
    if (message.role === 'assistant') {
      const { parts, calls, ids } = toModelParts(message, where, model)
      add('model', parts)
      if (calls.length > 0) add('user', toResponses(calls, findResults(ids, messages, index, used), model))
    } else if (isResult(message)) {
      add('user', [{ text: 'The result of a call that is not in this conversation:' }, ...textsOf(message, where)])
    } else {
      add('user', toParts(message.content, `${where}.content`))
    }
  })
  if (turns.length === 0) return { contents: [{ role: 'user', parts: system.length > 0 ? system : [bridge] }] }
  if (turns[0]?.role === 'model') turns.unshift({ role: 'user', parts: [bridge] })
  if (turns.at(-1)?.role === 'model') turns.push({ role: 'user', parts: [bridge] })
  return { contents: turns, ...(system.length > 0 && { systemInstruction: { parts: system } }) }
}

/** What the model said, with its calls; `ids` are those that results in the messages refer to. */
function toModelParts(
  message: ChatMessage,
  where: string,
  model: string,
): { parts: JsonObject[]; calls: OpenCall[]; ids: string[] } {
  const asked = callsOf(message)
  const parts = nativeParts(message, asked.length, model) ?? [
    ...toParts(saidBy(message.content), `${where}.content`),
    ...toParts(message.images, `${where}.images`),
    ...asked.map(call => toCallPart(call, model)),
  ]
  const calls = parts.flatMap(({ functionCall: call }) =>
    isObject(call) ? [{ name: String(call.name), ...(typeof call.id === 'string' && { id: call.id }) }] : [],
  )
  return { parts: signFirst(parts, model), calls, ids: asked.map(call => call.id) }
}

/** Models of other wires also say parts, such as their thoughts, that are of no use to another. */
function saidBy(content: unknown): unknown {
  const known = ['text', 'output_text', 'refusal', 'image_url']
  return Array.isArray(content) ? content.filter(part => isObject(part) && known.includes(String(part.type))) : content
}

/**
 * The message as this wire had given it, byte for byte; undefined where it is of another wire or its calls were changed
 * since. Signatures of another model are left out, since the API takes them for corrupted.
 */
function nativeParts(message: ChatMessage, callCount: number, model: string): JsonObject[] | undefined {
  const { native } = message
  if (native?.wire !== 'gemini' || !Array.isArray(native.value.parts)) return undefined
  const parts = native.value.parts.filter(isObject)
  if (parts.filter(part => isObject(part.functionCall)).length !== callCount || parts.length === 0) return undefined
  const from = native.value.modelVersion
  if (typeof from !== 'string' || mayShareSignatures(from, model)) return parts
  return parts.flatMap(({ thoughtSignature: _, ...part }) => (part.text === '' || part.thought === true ? [] : [part]))
}

/** A call without its id: earlier versions of Vertex do not know the field, and calls and results match by order. */
function toCallPart(call: AskedCall, model: string): JsonObject {
  const { signature } = call
  const isKnown = signature !== undefined && (call.from === undefined || mayShareSignatures(call.from, model))
  return { functionCall: { name: call.name, args: call.args }, ...(isKnown && { thoughtSignature: signature }) }
}

/** Gemini 3 wants the first call of a turn signed; the others of a parallel set never are. */
function signFirst(parts: JsonObject[], model: string): JsonObject[] {
  const first = parts.findIndex(part => isObject(part.functionCall))
  const part = parts[first]
  if (part === undefined || part.thoughtSignature !== undefined || !isGemini3(model)) return parts
  return parts.with(first, { ...part, thoughtSignature: skipSignature })
}

type AskedCall = Readonly<{ id: string; name: string; args: JsonObject; signature?: string; from?: string }>

/** The calls of a message, also in the older form `function_call`, whose results go by the function's name. */
function callsOf(message: ChatMessage): AskedCall[] {
  const calls = (Array.isArray(message.tool_calls) ? message.tool_calls : []) as readonly ToolCall[]
  const old = message.function_call
  return [...calls, ...(isObject(old) ? [{ id: String(old.name), type: 'function', function: old }] : [])].flatMap(
    call => {
      const named = isObject(call.function) ? call.function : isObject(call.custom) ? call.custom : undefined
      if (typeof named?.name !== 'string') return []
      const google = extraOf(call)
      return [{ id: String(call.id), name: named.name, args: toArgs(named.arguments ?? named.input), ...google }]
    },
  )
}

/** Gemini's signature as we and Google hand it out, or as LiteLLM does. */
function extraOf(call: ToolCall): { signature?: string; from?: string } {
  const extra = isObject(call.extra_content) ? call.extra_content.google : call.provider_specific_fields
  const { thought_signature: signature, model } = isObject(extra) ? extra : {}
  return {
    ...(typeof signature === 'string' && signature !== '' && { signature }),
    ...(typeof model === 'string' && { from: model }),
  }
}

/** `args` must be an object: anything else that a model once said is wrapped, so that the turn can be replayed. */
function toArgs(text: unknown): JsonObject {
  if (typeof text !== 'string') return isObject(text) ? text : {}
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : { input: value }
  } catch {
    return { input: text }
  }
}

/** Takes each call's result from the messages up to the next of the assistant. */
function findResults(
  ids: readonly string[],
  messages: readonly ChatMessage[],
  from: number,
  used: Set<number>,
): ({ message: ChatMessage; where: string } | undefined)[] {
  const next = messages.findIndex((message, index) => index > from && message.role === 'assistant')
  const end = next < 0 ? messages.length : next
  return ids.map(id => {
    for (let index = from + 1; index < end; index += 1) {
      const message = messages[index]
      if (message === undefined || !isResult(message) || used.has(index)) continue
      if ((message.role === 'tool' ? message.tool_call_id : message.name) !== id) continue
      used.add(index)
      return { message, where: `messages[${index}]` }
    }
    return undefined
  })
}

function textsOf(message: ChatMessage, where: string): JsonObject[] {
  const { content } = message
  return toParts(isObject(content) ? JSON.stringify(content) : content, `${where}.content`)
}

function isSystem({ role }: ChatMessage): boolean {
  return role === 'system' || role === 'developer'
}

function isResult({ role }: ChatMessage): boolean {
  return role === 'tool' || role === 'function'
}
