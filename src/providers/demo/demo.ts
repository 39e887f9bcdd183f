import { isObject } from '../../core/json.ts'
import type { ChatMessage, FunctionTool, Provider, ToolCall, TurnEvent, TurnRequest } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'
import { deriveArguments } from './demo-arguments.ts'
import type { Plan } from './demo-plan.ts'
import { planCall } from './demo-plan.ts'

/** Stands before every answer, so that nobody takes it for a model's. */
const label = 'demo model (no LLM):'

/**
 * A planner that needs no key, for trying the gateway out: it picks the tool whose words fit the last message, fills in
 * its arguments, and answers with what the tool said. The same conversation always gets the same answer.
 *
 * "... then ..." and ";" part a message into steps, one call each.
 */
export function demoProvider(): Provider {
  return {
    async *turn(request, { signal }) {
      signal.throwIfAborted()
      const next = decide(request)
      yield { type: 'meta', model: 'demo', usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }
      yield* 'calls' in next ? callEvents(next.calls) : textEvents(next.text, request.stream)
    },
    close: async () => {},
  }
}

type Decision = Readonly<{ calls: readonly ToolCall[] } | { text: string }>

function decide(request: TurnRequest): Decision {
  const tools = request.tools.filter(isFunctionTool)
  const asked = request.messages.findLastIndex(message => message.role === 'user')
  const question = textOf(request.messages[asked]).slice(0, 2_000)
  const since = request.messages.slice(asked + 1)
  const steps = question
    .split(/;|[,.]?\s+then\b|\n/iu)
    .map(step => step.trim())
    .filter(step => step !== '')
  const done = since.filter(message => message.role === 'assistant' && message.tool_calls !== undefined).length
  const step = steps[done]
  const plan = step === undefined ? undefined : choose(step, tools, request.toolChoice)
  if (plan !== undefined) {
    const call = { name: plan.tool.function.name, arguments: JSON.stringify(plan.args) }
    return { calls: [{ id: `call_demo_${request.messages.length}`, type: 'function', function: call }] }
  }
  if (done > 0) return { text: tellResults(since, step) }
  return { text: tellTools(tools) }
}

/** A named tool_choice decides; `required` takes the first tool where nothing fits. */
function choose(step: string, tools: readonly FunctionTool[], choice: unknown): Plan | undefined {
  if (choice === 'none') return undefined
  const named = isObject(choice) && isObject(choice.function) ? choice.function.name : undefined
  const forced = tools.find(tool => tool.function.name === named)
  const plan = forced === undefined ? planCall(step, tools) : undefined
  const tool = forced ?? (plan === undefined && choice === 'required' ? tools[0] : undefined)
  return tool === undefined ? plan : { tool, args: deriveArguments(step, tool).args }
}

function tellResults(since: readonly ChatMessage[], undone: string | undefined): string {
  const calls = since.flatMap(message => (Array.isArray(message.tool_calls) ? message.tool_calls.filter(isObject) : []))
  const lines = calls.map(call => {
    const answer = since.find(message => message.role === 'tool' && message.tool_call_id === call.id)
    const { name, arguments: args } = isObject(call.function) ? call.function : {}
    return `${name}(${args === '{}' ? '' : args}) answered:\n${textOf(answer)}`
  })
  const rest = undone === undefined ? [] : [`For "${undone}" I found no tool.`]
  return [`${label} ${lines.join('\n\n')}`, ...rest].join('\n\n')
}

function tellTools(tools: readonly FunctionTool[]): string {
  if (tools.length === 0) return `${label} I can only call tools, and this request has none.`
  const lines = tools
    .slice(0, 20)
    .map(({ function: { name, description } }) => `- ${name}${description ? `: ${firstLine(description)}` : ''}`)
  const more = tools.length > 20 ? [`- and ${tools.length - 20} more`] : []
  return [`${label} nothing in the message points at one of my tools. I can call:`, ...lines, ...more].join('\n')
}

function firstLine(text: string): string {
  const [line = ''] = text.trim().split('\n')
  return line.length > 120 ? `${line.slice(0, 119)}…` : line
}

/** The text of a message, be it a string or a list of parts. */
function textOf(message: ChatMessage | undefined): string {
  const content = message?.content
  if (typeof content === 'string') return content.trim()
  if (!Array.isArray(content)) return ''
  return content
    .flatMap(part => (isObject(part) && typeof part.text === 'string' ? [part.text] : []))
    .join('\n')
    .trim()
}

function* callEvents(calls: readonly ToolCall[]): Generator<TurnEvent> {
  yield { type: 'tool_calls', choice: 0, calls }
  yield { type: 'finish', choice: 0, reason: 'tool_calls' }
}

function* textEvents(text: string, stream: boolean): Generator<TurnEvent> {
  const pieces = stream ? (text.match(/\S+\s*/gu) ?? []) : [text]
  for (const content of pieces) yield { type: 'delta', choice: 0, delta: { content } }
  yield { type: 'finish', choice: 0, reason: 'stop' }
}
