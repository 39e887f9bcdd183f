import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { ChatMessage, FunctionTool, ToolCall } from '../../../core/model.ts'
import { isFunctionCall } from '../../../core/model.ts'
import type { LoopEvent } from '../../../llm/loop-event.ts'
import { invalid } from '../read-body.ts'

/*
 * The form that calls of functions had before there were tools: `functions`, `function_call` and messages of role
 * `function` (OpenAI, chat completions, deprecated). Most providers never knew it, so it ends at this door.
 */

/** An entry of `functions`. */
export type LegacyFunction = Readonly<{ name: string; [field: string]: unknown }>

/** The functions as tools. */
export function toFunctionTools(functions: readonly LegacyFunction[]): readonly FunctionTool[] {
  return functions.map(each => ({ type: 'function', function: each }))
}

/** `function_call` of a request as `tool_choice`. */
export function toToolChoice(choice: unknown): unknown {
  return isObject(choice) ? { type: 'function', function: { name: choice.name } } : choice
}

/**
 * Writes a history with tools in place of functions. In the older form nothing ties a result to its call but the name, and
 * either may stand alone; providers refuse that of tools, so what is missing is put in.
 *
 * @throws GatewayError `REQUEST_INVALID` for a result that does not say of which function it is
 */
export function toToolMessages(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  if (!messages.some(message => message.role === 'function' || isObject(message.function_call))) return messages
  const written: ChatMessage[] = []
  /** Calls of the last turn that have no result yet. */
  let open: { id: string; name: string }[] = []
  const closeTurn = (): void => {
    for (const { id } of open) written.push({ role: 'tool', tool_call_id: id, content: 'No result was given.' })
    open = []
  }
  for (const [index, message] of messages.entries()) {
    const id = `call_function_${index}`
    if (message.role === 'function') {
      const { name, ...others } = message
      if (typeof name !== 'string' || name === '')
        throw invalid(`messages[${index}].name`, 'must be the name of the function that has answered')
      const asked = open.find(call => call.name === name)
      if (asked === undefined) {
        closeTurn()
        written.push({ role: 'assistant', content: null, tool_calls: [toToolCall(id, { name })] })
      }
      open = open.filter(call => call !== asked)
      written.push({ ...others, role: 'tool', tool_call_id: asked?.id ?? id, content: message.content ?? '' })
      continue
    }
    if (message.role !== 'tool') closeTurn()
    const { function_call: call, ...others } = message
    if (message.role !== 'assistant' || !isObject(call)) {
      written.push(message)
      continue
    }
    const calls = Array.isArray(message.tool_calls) ? (message.tool_calls as readonly ToolCall[]) : []
    written.push({ ...others, role: 'assistant', tool_calls: [...calls, toToolCall(id, call)] })
    open.push({ id, name: String(call.name) })
  }
  closeTurn()
  return written
}

function toToolCall(id: string, { name, arguments: given, extra_content: extra }: JsonObject): ToolCall {
  const text = typeof given === 'string' ? given : JSON.stringify(given ?? {})
  return {
    id,
    type: 'function',
    function: { name: String(name), arguments: text },
    ...(extra !== undefined && { extra_content: extra }),
  }
}

/**
 * Hands calls of these functions back in the older form, which has room for one of an answer: the first. The model asks
 * for the others again once it has the result. Calls of tools stay what they are.
 */
export async function* toLegacyEvents(
  events: AsyncIterable<LoopEvent>,
  functions: ReadonlySet<string>,
): AsyncGenerator<LoopEvent> {
  const replaced = new Set<number>()
  const isLegacy = (call: ToolCall): boolean => isFunctionCall(call) && functions.has(call.function.name)
  for await (const event of events) {
    if (event.type === 'tool_calls') {
      const { choice, calls } = event
      const [first] = calls.filter(isFunctionCall).filter(isLegacy)
      const others = calls.filter(call => !isLegacy(call))
      if (first !== undefined) {
        const { extra_content: extra } = first
        const call = { ...first.function, ...(extra !== undefined && { extra_content: extra }) }
        yield { type: 'delta', choice, delta: { function_call: call } }
      }
      if (others.length > 0) yield { ...event, calls: others }
      else replaced.add(choice)
      continue
    }
    const isReplaced = event.type === 'finish' && event.reason === 'tool_calls' && replaced.has(event.choice)
    yield isReplaced ? { ...event, reason: 'function_call' } : event
  }
}
