import type { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { ChatMessage, FunctionCall, TurnEvent, Usage } from '../core/model.ts'
import type { CallToolResult } from '../core/tool.ts'

/** The limit that ended the tool calls early. */
export type LoopLimit = 'maxRounds' | 'maxToolCalls' | 'maxCompletionTokens'

/**
 * What happens on the way to one answer, in order. Whoever reads it makes of it one message, streamed or not.
 *
 * - `delta`, `native` and `meta` as in {@link TurnEvent}, over all turns.
 * - `tool_call` when one of our tools is called, `tool_result` when it has answered: in the model's order within a round.
 *   `text` is what the model reads, `failure` what the gateway failed by, where it did.
 * - `said` where the model has ended a turn, before its calls, if `tellsTurns`: what it said, as the next turn sees it, and
 *   why it ended.
 * - `tool_calls`: handed back to the caller, who runs them or approves of them; before ours of the same turn are run.
 * - `turn` where a turn and its calls are over, if `tellsTurns`: the messages that it adds to the conversation.
 * - `finish` once a choice, then one `end`, with the usage of all turns and their cost in US dollars, which is absent where
 *   it is unknown of any.
 */
export type LoopEvent =
  | Extract<TurnEvent, { type: 'delta' | 'native' | 'tool_calls' }>
  | Readonly<{ type: 'meta'; model?: string; fields?: JsonObject }>
  | Readonly<{ type: 'tool_call'; call: FunctionCall }>
  | Readonly<{ type: 'tool_result'; call: FunctionCall; result: CallToolResult; text: string; failure?: GatewayError }>
  | Readonly<{ type: 'said'; message: ChatMessage; reason: string }>
  | Readonly<{ type: 'turn'; messages: readonly ChatMessage[] }>
  | Readonly<{ type: 'finish'; choice: number; reason: string; fields?: JsonObject; limit?: LoopLimit }>
  | Readonly<{ type: 'end'; usage?: Usage; cost?: number }>

/** The last event of an answer. */
export function toEnd(usage: Usage | undefined, cost: number | undefined): Extract<LoopEvent, { type: 'end' }> {
  return { type: 'end', ...(usage && { usage }), ...(cost !== undefined && { cost }) }
}
