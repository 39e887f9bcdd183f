import type { JsonObject } from '../../../core/json.ts'
import type { ToolCall, Usage } from '../../../core/model.ts'
import { traceField } from '../../../llm/history.ts'
import type { LoopEvent } from '../../../llm/loop-event.ts'
import { joinDeltas } from '../../../llm/message.ts'
import { withCost } from '../cost.ts'
import type { AnswerHead, Trace } from './chat-answer.ts'
import { calledFields, note, offeredFields } from './chat-answer.ts'

type Choice = { deltas: JsonObject[]; fields: JsonObject[]; calls: readonly ToolCall[]; reason: string }

/** Reads the loop to its end and makes one `chat.completion` of it. `cost` is in US dollars, absent where it is unknown. */
export async function toCompletion(
  events: AsyncIterable<LoopEvent>,
  head: AnswerHead,
): Promise<Readonly<{ completion: JsonObject; cost?: number }>> {
  const choices = new Map<number, Choice>()
  const trace: Trace = { calls: [], results: [] }
  let { model } = head
  let fields: JsonObject = {}
  let usage: Usage | undefined
  let cost: number | undefined
  const at = (index: number): Choice => {
    const known = choices.get(index) ?? { deltas: [], fields: [], calls: [], reason: 'stop' }
    choices.set(index, known)
    return known
  }
  for await (const event of events) {
    note(trace, event)
    switch (event.type) {
      case 'meta':
        model = event.model ?? model
        fields = { ...fields, ...event.fields }
        break
      case 'delta':
        at(event.choice).deltas.push(event.delta)
        if (event.fields) at(event.choice).fields.push(event.fields)
        break
      case 'tool_calls':
        at(event.choice).calls = event.calls
        break
      case 'finish':
        at(event.choice).reason = event.reason
        break
      case 'end':
        usage = withCost(event)
        cost = event.cost
    }
  }
  const told = head.ours && { [traceField]: { ...offeredFields(head.ours), ...calledFields(trace) } }
  const completion = {
    ...fields,
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model,
    choices: [...choices].sort(([a], [b]) => a - b).map(([index, choice]) => toChoice(index, choice, told ?? {})),
    ...(usage && { usage }),
  }
  return { completion, ...(cost !== undefined && { cost }) }
}

/** Keys that clients may count on are there, if only with null. */
function toChoice(index: number, { deltas, fields, calls, reason }: Choice, told: JsonObject): JsonObject {
  const message = joinDeltas(deltas)
  return {
    logprobs: null,
    ...joinDeltas(fields),
    index,
    message: {
      role: 'assistant',
      ...message,
      content: message.content ?? null,
      refusal: message.refusal ?? null,
      ...(calls.length > 0 && { tool_calls: calls }),
      ...told,
    },
    finish_reason: reason,
  }
}
