import type { ChatMessage, FunctionCall, ToolCall } from '../../../core/model.ts'
import { invalid } from '../read-body.ts'
import { toChatContent } from './content-parts.ts'
import type { InputItem } from './input-items.ts'
import type { ItemReading } from './read-turns.ts'
import { readTurns } from './read-turns.ts'
import type { SaidCall, SaidTurn } from './said-turn.ts'
import { toAssistant } from './said-turn.ts'

/** A call that the caller has approved of, ready to be run. */
export type ApprovedCall = Readonly<{ call: FunctionCall; approvalId: string }>

type Approval = NonNullable<SaidCall['approval']>

/** What a conversation of items comes to. */
export type Conversation = Readonly<{ messages: readonly ChatMessage[]; approved: readonly ApprovedCall[] }>

/**
 * Writes the items of a conversation as chat messages: each turn of the model one message, whatever items it was told in, and
 * the answers to its calls behind it.
 *
 * A call that was refused is answered so, with the reason. One that was approved just now is not answered yet: it is handed
 * out to be run. Of one that was approved earlier, but whose result is missing, the model is told just that, since it must not
 * run twice.
 *
 * @throws GatewayError `REQUEST_INVALID` for an answer without its call, a call of the caller's without an answer, and an
 *   approved call of a tool that this request does not offer
 */
export function toConversation(items: readonly InputItem[], reading: ItemReading): Conversation {
  const approved: ApprovedCall[] = []
  const entries = readTurns(items, reading)
  const lastTurn = entries.findLastIndex(entry => 'calls' in entry)
  const messages = entries.flatMap((entry): readonly ChatMessage[] => {
    if ('item' in entry) {
      const { role, content } = entry.item
      return [{ role, content: toChatContent(content, `${entry.at}.content`) }]
    }
    const results = inOrder(entry).flatMap(each => {
      if (each.result !== undefined) return [each.result]
      const { call, approval, verdict } = each
      if (approval === undefined || verdict?.approve !== true || verdict.at <= lastTurn) return [toRefusal(each)]
      approved.push(toApproved(call, approval, reading))
      return []
    })
    return [toAssistant(entry), ...results]
  })
  return { messages, approved }
}

/** In the order in which the model had asked, where that is known. */
function inOrder({ replay, calls }: SaidTurn): readonly SaidCall[] {
  const ids = replay?.tool_calls?.map(({ id }) => id) ?? []
  return calls.toSorted((a, b) => ids.indexOf(a.call.id) - ids.indexOf(b.call.id))
}

/** The answer to a call that was not run, or not known to be. */
function toRefusal({ call, approval, verdict }: SaidCall): ChatMessage {
  if (approval === undefined) throw invalid('input', `No tool output found for function call ${call.id}`)
  return { role: 'tool', tool_call_id: call.id, content: refusalText(verdict), is_error: true }
}

function refusalText(verdict: SaidCall['verdict']): string {
  if (verdict === undefined) return 'This call needs an approval that was not given. It was not run.'
  if (verdict.approve) return 'This call was approved earlier. What came of it is not known any more.'
  return `The user did not approve this call${verdict.reason ? `: ${verdict.reason}` : ''}. It was not run.`
}

function toApproved(call: ToolCall, approval: Approval, { nameOf }: ItemReading): ApprovedCall {
  const { id: approvalId, label, name: asked, arguments: text } = approval
  const name = nameOf(label, asked)
  if (name !== undefined) {
    return { call: { id: call.id, type: 'function', function: { name, arguments: text } }, approvalId }
  }
  const missing = `no mcp entry with server_label "${label}" offers that tool in this request`
  throw invalid('tools', `A call of "${asked}" was approved, but ${missing}: send the entry again`)
}
