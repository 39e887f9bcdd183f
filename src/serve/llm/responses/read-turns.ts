import type { GatewayError } from '../../../core/errors.ts'
import { isObject } from '../../../core/json.ts'
import type { ChatMessage, ToolCall } from '../../../core/model.ts'
import type { ContentBlock } from '../../../core/tool.ts'
import { toResultText } from '../../../llm/result-text.ts'
import { invalid } from '../read-body.ts'
import { textOf, toChatContent } from './content-parts.ts'
import type { InputItem } from './input-items.ts'
import { callIdOf } from './item-ids.ts'
import type { SaidCall, SaidTurn } from './said-turn.ts'
import { beginTurn, isTextOf, mayCall, maySpeak, mayThink } from './said-turn.ts'

/** What is needed to read the items of a conversation. */
export type ItemReading = Readonly<{
  /** What the model calls a tool of ours; undefined for one that is not offered in this request. */
  nameOf: (label: string, name: string) => string | undefined
  /** The turn that begins with this item, exactly as it was said, if it is known. */
  replayOf: (item: InputItem) => ChatMessage | undefined
  /** How many items of earlier answers stand before those of the request. */
  earlier: number
}>

type Of<Type extends string> = Extract<InputItem, { type: Type }>

/** A message of anyone but the model, and where it stands. */
export type OtherMessage = Readonly<{ item: Of<'message'>; at: string }>

/**
 * Puts the items of the model together to turns, and their answers to their calls; the messages of others stay between them.
 *
 * Nothing in the items tells where a turn ends, so: a turn whose exact form is known has the text and the calls of that form,
 * and in any other nothing is said behind a call.
 *
 * @throws GatewayError `REQUEST_INVALID` for an answer to a call that is not there
 */
export function readTurns(
  items: readonly InputItem[],
  { nameOf, replayOf, earlier }: ItemReading,
): readonly (SaidTurn | OtherMessage)[] {
  const entries: (SaidTurn | OtherMessage)[] = []
  /** The turn that may go on; undefined behind anything that is not the model's. */
  let turn: SaidTurn | undefined
  /** The latest of each id: some models count from zero in every answer. */
  const theirs = new Map<string, SaidCall>()
  const approvals = new Map<string, SaidCall>()
  const begin = (replay?: ChatMessage): SaidTurn => {
    if (replay !== undefined && turn !== undefined && isTextOf(turn, replay)) {
      turn.replay = replay
      return turn
    }
    turn = beginTurn(replay)
    entries.push(turn)
    return turn
  }
  const goOn = (may: (turn: SaidTurn) => boolean): SaidTurn => (turn !== undefined && may(turn) ? turn : begin())
  const add = (call: ToolCall, others: Omit<SaidCall, 'call'> = {}): SaidCall => {
    const added = { call, ...others }
    goOn(open => mayCall(open, call.id)).calls.push(added)
    return added
  }
  const addOurs = (item: Of<'mcp_call' | 'mcp_approval_request'>, others: Omit<SaidCall, 'call'>): SaidCall => {
    const { id, server_label: label, name, arguments: text } = item
    return add(toFunctionCall(callIdOf(id), nameOf(label, name) ?? name, text), others)
  }

  for (const [index, item] of items.entries()) {
    const at = index < earlier ? 'previous_response_id' : `input[${index - earlier}]`
    const replay = replayOf(item)
    if (replay !== undefined) begin(replay)
    switch (item.type) {
      case 'message':
        if (item.role === 'assistant') say(goOn(maySpeak), item)
        else {
          entries.push({ item, at })
          turn = undefined
        }
        break
      case 'reasoning':
        goOn(mayThink).thoughts.push(...thoughtsOf(item))
        break
      case 'function_call':
        theirs.set(item.call_id, add(toFunctionCall(item.call_id, item.name, item.arguments)))
        break
      case 'custom_tool_call': {
        const { call_id: id, name, input } = item
        theirs.set(id, add({ id, type: 'custom', custom: { name, input } }))
        break
      }
      case 'function_call_output':
      case 'custom_tool_call_output': {
        const { call_id: id, output } = item
        const asked = theirs.get(id)
        if (asked === undefined)
          throw invalid(`${at}.call_id`, `No tool call found for ${item.type} with call_id ${id}`)
        asked.result = { role: 'tool', tool_call_id: id, content: toChatContent(output, `${at}.output`) }
        turn = undefined
        break
      }
      case 'mcp_call': {
        const result = resultOf(item)
        const asked = approvals.get(item.approval_request_id ?? '')
        if (asked === undefined) addOurs(item, { result })
        else asked.result = { ...result, tool_call_id: asked.call.id }
        break
      }
      case 'mcp_approval_request': {
        const { id, server_label: label, name, arguments: text } = item
        approvals.set(id, addOurs(item, { approval: { id, label, name, arguments: text } }))
        break
      }
      case 'mcp_approval_response': {
        const { approval_request_id: id, approve, reason } = item
        const asked = approvals.get(id)
        if (asked === undefined) throw unknownApproval(id, at)
        asked.verdict = { approve, at: entries.length, ...(reason && { reason }) }
        turn = undefined
      }
    }
  }
  return entries
}

function unknownApproval(id: string, at: string): GatewayError {
  const remedy = 'give previous_response_id, or the request itself as an item'
  return invalid(`${at}.approval_request_id`, `"${id.slice(0, 120)}" is not in this conversation: ${remedy}`)
}

function say(turn: SaidTurn, { content }: Of<'message'>): void {
  const text = textOf(content)
  if (text !== '') turn.texts.push(text)
  if (typeof content === 'string') return
  for (const part of content) if (part.type === 'refusal') turn.refusals.push(String(part.refusal))
}

function thoughtsOf({ summary, content }: Of<'reasoning'>): readonly string[] {
  const told = content && content.length > 0 ? content : (summary ?? [])
  return told.map(({ text }) => text).filter(text => text !== '')
}

function toFunctionCall(id: string, name: string, text: string): ToolCall {
  return { id, type: 'function', function: { name, arguments: text } }
}

/** What a call of ours had answered, as the model reads it. */
function resultOf({ id, output, error }: Of<'mcp_call'>): ChatMessage {
  const isFailed = error !== undefined && error !== null
  const content = isFailed ? toErrorText(error) : (output ?? 'This call broke off. What came of it is not known.')
  const isError = isFailed || typeof output !== 'string'
  return { role: 'tool', tool_call_id: callIdOf(id), content, ...(isError && { is_error: true }) }
}

function toErrorText(error: unknown): string {
  if (!isObject(error)) return `Error: ${String(error)}`
  const { message, content } = error
  if (typeof message === 'string') return `Error: ${message}`
  const blocks = Array.isArray(content) ? content.filter((block): block is ContentBlock => isObject(block)) : []
  if (blocks.length === 0) return `Error: ${typeof content === 'string' ? content : JSON.stringify(content ?? error)}`
  return toResultText({ content: blocks, isError: true }, Number.POSITIVE_INFINITY)
}
