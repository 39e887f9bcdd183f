import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { FunctionCall, ToolCall, Usage } from '../../../core/model.ts'
import { isFunctionCall } from '../../../core/model.ts'
import type { LoopEvent } from '../../../llm/tool-loop.ts'
import { toMcpId, toToolUseId } from './block-ids.ts'
import type { Finish, Stop } from './message-end.ts'
import { toMessageUsage, toStop } from './message-end.ts'
import type { BlockOrder } from './order-blocks.ts'
import { orderBlocks } from './order-blocks.ts'
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
  isNative: boolean
  hasThought: boolean
  isOver: boolean
  handsBack?: boolean
  stoppedAt?: unknown
}

/**
 * Reads the loop as the events of one streamed message, however many turns it took: one `message_start`, blocks in order
 * whose indexes rise, one `message_delta` with the usage of all turns.
 *
 * Calls of our tools are `mcp_tool_use` blocks, followed by their results; calls that are handed back are `tool_use`. What a
 * provider of Anthropic's wire says passes block by block as it came.
 */
export async function* toMessageEvents(
  events: AsyncIterable<LoopEvent>,
  head: MessageHead,
): AsyncGenerator<JsonObject> {
  const writer = writeBlocks()
  const mcpIds = new Map<string, string>()
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
      const isLive = head.isTheirs(String(block.name))
      if (isLive) told.add(block.id)
      return isLive
    }
    return { told, native: orderBlocks(writer, isTold), isNative: false, hasThought: false, isOver: false }
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
        if (!String(value.type).startsWith('content_block_')) return []
        turn.isNative = true
        return [...begin(), ...turn.native.take(value)]
      }
      case 'delta': {
        if (typeof event.delta.refusal === 'string') refusal += event.delta.refusal
        turn.stoppedAt = event.fields?.stop_reason ?? turn.stoppedAt
        if (turn.isNative) return []
        const told = toBlocks(event.delta)
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
      case 'turn':
        return []
      case 'end':
        return [endMessage(stop, event.usage, others), { type: 'message_stop' }]
    }
  }
  /** What a model of another wire says. Thinking that comes signed has been told already where it was streamed. */
  const toBlocks = (delta: JsonObject): Events => {
    const {
      content,
      reasoning_content: reasoning,
      reasoning: other,
      thinking_blocks: thoughts,
      refusal: refused,
    } = delta
    const signed = Array.isArray(thoughts) ? thoughts.filter(isObject) : []
    const thought = signed.length > 0 ? undefined : [reasoning, other].find(text => typeof text === 'string')
    const before = turn.hasThought
    if (thought) turn.hasThought = true
    return [
      ...(typeof thought === 'string' && thought !== '' ? writer.think(thought) : []),
      ...signed.flatMap(block => toThinking(block, before)),
      ...textsOf(content).flatMap(writer.say),
      ...(typeof refused === 'string' && refused !== '' ? writer.say(refused) : []),
    ]
  }
  const toThinking = (block: JsonObject, isStreamed: boolean): Events => {
    if (block.type === 'redacted_thinking') return writer.put(block)
    if (writer.open() === 'thinking') return writer.sign(block.signature)
    if (isStreamed || typeof block.thinking !== 'string') return []
    return [...writer.think(block.thinking), ...writer.sign(block.signature)]
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

  for await (const event of events) {
    const isOfTurn = event.type === 'delta' || event.type === 'native' || event.type === 'meta'
    if (turn.isOver && isOfTurn) turn = beginTurn()
    yield* tell(event)
  }
}

/** Some endpoints say `stop` beside calls, and vLLM names the sequence that it stopped at beside its last piece. */
function withWhatIsKnown(event: Finish, { handsBack, stoppedAt }: Turn): Finish {
  const reason = handsBack && event.reason === 'stop' ? 'tool_calls' : event.reason
  return { ...event, reason, fields: { stop_reason: stoppedAt, ...event.fields } }
}

/** Mistral's content may be a list of parts. */
function textsOf(content: unknown): readonly string[] {
  const parts = Array.isArray(content) ? content.map(part => (isObject(part) ? part.text : part)) : [content]
  return parts.filter(text => typeof text === 'string' && text !== '') as string[]
}

function startMessage({ id, model }: Pick<MessageHead, 'id' | 'model'>, usage: JsonObject): JsonObject {
  return {
    type: 'message_start',
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: { ...toMessageUsage(), ...usage },
    },
  }
}

function endMessage(stop: Stop | undefined, usage: Usage | undefined, others: JsonObject): JsonObject {
  const { container = null, context_management: management } = others
  return {
    type: 'message_delta',
    delta: { ...(stop ?? { stop_reason: 'end_turn', stop_sequence: null, stop_details: null }), container },
    usage: toMessageUsage(usage),
    ...(management !== undefined && { context_management: management }),
  }
}
