import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { FunctionCall, ToolCall } from '../../../core/model.ts'
import { isFunctionCall } from '../../../core/model.ts'
import type { LoopEvent } from '../../../llm/loop-event.ts'
import { isLasting, toMcpId, toToolUseId } from './block-ids.ts'
import type { Finish, Stop } from './message-end.ts'
import { toStop } from './message-end.ts'
import { endMessage, startMessage } from './message-frame.ts'
import type { BlockOrder } from './order-blocks.ts'
import { orderBlocks } from './order-blocks.ts'
import type { SayDelta } from './say-delta.ts'
import { sayDeltas } from './say-delta.ts'
import type { Events } from './write-blocks.ts'
import { toInputJson, writeBlocks } from './write-blocks.ts'

/** What an answer is made with. */
export type MessageHead = Readonly<{
  id: string
  /** What the caller asked for, until the provider says its own name for it. */
  model: string
  stopSequences: readonly unknown[]
  /** True for a tool that the caller runs: its calls may be told while they are written. */
  isTheirs: (name: string) => boolean
  /** What a tool of ours is called at its server. */
  nameAtServer: (name: string) => Readonly<{ name: string; server: string }>
}>

/** What is known of the turn under way. */
type Turn = {
  /** Ids of the calls that were told while they were written. */
  readonly told: Set<unknown>
  readonly native: BlockOrder
  readonly say: SayDelta
  isNative: boolean
  isOver: boolean
  handsBack?: boolean
  stoppedAt?: unknown
}

/**
 * Writes what happens in the loop as the events of one streamed message, however many turns it took: one `message_start`,
 * blocks in order whose indexes rise, one `message_delta` with the usage of all turns.
 *
 * Calls of our tools are `mcp_tool_use` blocks, followed by their results; calls that are handed back are `tool_use`. What a
 * provider of Anthropic's wire says passes block by block as it came.
 *
 * @returns what makes events of the loop's, which it is given in their order
 */
export function messageWriter(head: MessageHead): (event: LoopEvent) => Events {
  const writer = writeBlocks()
  const mcpIds = new Map<string, string>()
  const usedIds = new Set<unknown>()
  let { model } = head
  let startUsage: JsonObject = {}
  let others: JsonObject = {}
  let isBegun = false
  let stop: Stop | undefined
  let refusal = ''
  let turn = beginTurn()

  function beginTurn(): Turn {
    const told = new Set<unknown>()
    const isTold = (block: JsonObject): boolean => {
      if (block.type !== 'tool_use') return true
      // An id that will be another is known at the end of the turn; the call is told then.
      const isLive = head.isTheirs(String(block.name)) && isLasting(block.id) && !usedIds.has(block.id)
      usedIds.add(block.id)
      if (isLive) told.add(block.id)
      return isLive
    }
    return { told, native: orderBlocks(writer, isTold), say: sayDeltas(writer), isNative: false, isOver: false }
  }
  const begin = (): Events => {
    if (isBegun) return []
    isBegun = true
    return [startMessage({ ...head, model }, startUsage)]
  }
  const endTurn = (): Events => {
    const ended = turn.isNative ? turn.native.finish() : writer.end()
    turn.isOver = true
    return ended
  }
  const tell = (event: LoopEvent): Events => {
    switch (event.type) {
      case 'meta':
        // The first turn's name stays: one answer has one model.
        if (!isBegun) model = event.model ?? model
        others = { ...others, ...event.fields }
        return []
      case 'native': {
        const { value } = event.event
        if (value.type === 'message_start' && isObject(value.message) && isObject(value.message.usage)) {
          startUsage = value.message.usage
        }
        turn.isNative = true
        if (!String(value.type).startsWith('content_block_')) return []
        return [...begin(), ...turn.native.take(value)]
      }
      case 'delta': {
        if (typeof event.delta.refusal === 'string') refusal += event.delta.refusal
        turn.stoppedAt = event.fields?.stop_reason ?? turn.stoppedAt
        if (turn.isNative) return []
        const told = turn.say(event.delta)
        return told.length > 0 ? [...begin(), ...told] : []
      }
      case 'tool_call': {
        const { call } = event
        const id = toMcpId(call)
        mcpIds.set(call.id, id)
        return [...begin(), ...endTurn(), ...writer.call(toMcpUse(call, id), toInputJson(call.function.arguments))]
      }
      case 'tool_result':
        return writer.put({
          type: 'mcp_tool_result',
          tool_use_id: mcpIds.get(event.call.id),
          is_error: event.result.isError === true,
          content: [{ type: 'text', text: event.text, citations: null }],
        })
      case 'tool_calls': {
        const { told } = turn
        turn.handsBack = true
        return [...begin(), ...endTurn(), ...event.calls.filter(({ id }) => !told.has(id)).flatMap(toToolUse)]
      }
      case 'finish':
        stop = toStop(withWhatIsKnown(event, turn), head.stopSequences, refusal)
        return [...begin(), ...endTurn()]
      case 'said':
      case 'turn':
        return []
      case 'end':
        return [endMessage(stop, event.usage, others), { type: 'message_stop' }]
    }
  }
  const toMcpUse = (call: FunctionCall, id: string): JsonObject => {
    const { name, server } = head.nameAtServer(call.function.name)
    return { type: 'mcp_tool_use', id, name, input: {}, server_name: server }
  }
  const toToolUse = (call: ToolCall): Events => {
    if (!isFunctionCall(call)) return []
    const { name, arguments: text } = call.function
    const block = { type: 'tool_use', id: toToolUseId(call), name, input: {}, caller: { type: 'direct' } }
    return writer.call(block, toInputJson(text))
  }

  return event => {
    const isOfTurn = event.type === 'delta' || event.type === 'native' || event.type === 'meta'
    if (turn.isOver && isOfTurn) turn = beginTurn()
    return tell(event)
  }
}

/** Some endpoints say `stop` beside calls, and vLLM names the sequence that it stopped at beside its last piece. */
function withWhatIsKnown(event: Finish, { handsBack, stoppedAt }: Turn): Finish {
  const reason = handsBack && event.reason === 'stop' ? 'tool_calls' : event.reason
  return { ...event, reason, fields: { stop_reason: stoppedAt, ...event.fields } }
}
