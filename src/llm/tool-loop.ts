import type { Limits } from '../core/limits.ts'
import type { ChatMessage, FunctionCall, Provider, ToolCall, TurnRequest, Usage } from '../core/model.ts'
import { isFunctionCall, isFunctionTool } from '../core/model.ts'
import { addCost, tokensOf } from '../core/price.ts'
import type { CallToolResult } from '../core/tool.ts'
import { inTime } from './deadline.ts'
import type { LoopEvent, LoopLimit } from './loop-event.ts'
import { toEnd } from './loop-event.ts'
import { placeResults, toHistory } from './message.ts'
import { passTurn } from './pass-turn.ts'
import type { Spoken, Turn } from './read-turn.ts'
import { readTurn } from './read-turn.ts'
import { toResultContent } from './result-parts.ts'
import { toResultText } from './result-text.ts'
import type { CallTool } from './run-calls.ts'
import { startCalls } from './run-calls.ts'
import { followUpChoice } from './tool-choice.ts'
import { addUsage } from './usage.ts'

/** What the loop is made of; the provider and the tools are passed in. */
export type ToolLoop = Readonly<{
  provider: Provider
  /** The first turn. Its `tools` hold the caller's tools and ours. */
  request: TurnRequest
  /** Ours, by the name they have in `request.tools`. A name that is not here belongs to the caller. */
  tools: ReadonlyMap<string, Readonly<{ needsApproval: boolean }>>
  callTool: CallTool
  /** Calls of an earlier answer that the caller has approved of since: they run first, and are answered where they stand. */
  approved?: readonly FunctionCall[]
  /** What stands between the texts of two turns, where a reader makes one text of them. Default an empty line. */
  textBetween?: string
  /** Tells what each turn adds to the conversation, for a reader who keeps it; the answer has one choice then. */
  tellsTurns?: boolean
  limits: Pick<
    Limits,
    | 'maxRounds'
    | 'maxToolCalls'
    | 'maxCompletionTokens'
    | 'maxParallelCalls'
    | 'completionTimeoutMs'
    | 'maxResponseBytes'
    | 'maxResultMediaBytes'
  >
  /** Aborts when the caller goes away. */
  signal: AbortSignal
}>

/**
 * Alternates turns of the model and calls of our tools until the model has answered.
 *
 * Calls run only once their turn is complete, together, and their results go back in the model's order. The loop stops
 * where a turn calls what only the caller can run or approve of: ours have run by then, theirs are handed back. At a
 * limit on rounds, calls or tokens the model gets one last turn without tools. Without tools of ours it is a single turn, passed
 * on as it comes.
 *
 * @throws GatewayError what the provider throws; `LIMIT_REACHED` after `completionTimeoutMs`; `CANCELLED`
 */
export function runToolLoop(loop: ToolLoop): AsyncIterableIterator<LoopEvent> {
  const isPlain = loop.tools.size === 0 && loop.tellsTurns !== true
  const { provider, request, limits } = loop
  return isPlain
    ? inTime(limits.completionTimeoutMs, loop.signal, signal => passTurn(provider.turn(request, { signal })))
    : inTime<LoopEvent, LoopEvent>(limits.completionTimeoutMs, loop.signal, signal => ({
        events: takeTurns({ ...loop, signal }),
        pass: next => next,
      }))
}

async function* takeTurns(loop: ToolLoop): AsyncGenerator<LoopEvent> {
  const { provider, limits, signal, tellsTurns = false } = loop
  const spoken: Spoken = {
    hasText: false,
    textBetween: loop.textBetween ?? '\n\n',
    callIds: new Set(loop.approved?.map(({ id }) => id)),
  }
  const isTheirs = findsTheirs(loop)
  let { request } = loop
  let callsLeft = limits.maxToolCalls
  if (loop.approved !== undefined && loop.approved.length > 0) {
    const results = yield* runRound(loop.approved, callsLeft, loop)
    callsLeft -= results.length
    if (tellsTurns) yield { type: 'turn', messages: results }
    request = { ...request, messages: placeResults(request.messages, results) }
  }
  let limit: LoopLimit | undefined
  let usage: Usage | undefined
  let cost: number | undefined = 0
  for (let round = 1; ; round += 1) {
    const reader = readTurn(spoken)
    for await (const event of provider.turn(request, { signal })) {
      for (const told of reader.read(event)) yield told
    }
    const turn = reader.end()
    usage = addUsage(usage, turn.usage)
    cost = addCost(cost, turn.cost)
    const theirs = turn.calls.filter(isTheirs)
    const ours = turn.calls.filter(isFunctionCall).filter(call => !isTheirs(call))
    const mayRun = limit === undefined && !cutShort.has(turn.reason)
    // Calls that nobody has answered would make the conversation one that no provider takes.
    const kept = mayRun ? turn : { ...turn, calls: theirs, native: undefined }
    const message = toHistory(kept.fields, kept.calls, kept.native)
    if (tellsTurns) yield { type: 'said', message, reason: turn.reason }
    if (theirs.length > 0) yield { type: 'tool_calls', choice: 0, calls: theirs }
    const results = mayRun ? yield* runRound(ours, callsLeft, loop) : []
    callsLeft -= results.length
    const isLast = results.length === 0 || theirs.length > 0
    const added = [message, ...results]
    if (tellsTurns) yield { type: 'turn', messages: added }
    if (isLast) {
      const reason = endReason(turn, theirs.length > 0)
      const { ending } = turn
      yield { type: 'finish', choice: 0, reason, ...(ending && { fields: ending }), ...(limit && { limit }) }
      yield toEnd(usage, cost)
      return
    }
    if (callsLeft <= 0) limit = 'maxToolCalls'
    else if (round >= limits.maxRounds) limit = 'maxRounds'
    else if (countTokens(usage) >= limits.maxCompletionTokens) limit = 'maxCompletionTokens'
    request = nextRequest(request, added, limit !== undefined)
  }
}

/** 0 where no provider has told any. */
function countTokens(usage: Usage | undefined): number {
  if (usage === undefined) return 0
  const { input, output, cacheRead, cacheWrite } = tokensOf(usage)
  return input + output + cacheRead + cacheWrite
}

/** Runs our calls of one round, tells each, and returns the messages that answer them. */
async function* runRound(
  calls: readonly FunctionCall[],
  maxCalls: number,
  { tools, callTool, limits, signal }: ToolLoop,
): AsyncGenerator<LoopEvent, readonly ChatMessage[]> {
  const isKnown = (name: string): boolean => tools.has(name)
  for (const call of calls) yield { type: 'tool_call', call }
  const results = startCalls(calls, { isKnown, callTool, maxParallel: limits.maxParallelCalls, maxCalls, signal })
  const messages: ChatMessage[] = []
  for (const [index, call] of calls.entries()) {
    const { result, failure } = (await results[index]) ?? { result: { content: [] } }
    const text = toResultText(result, limits.maxResponseBytes)
    messages.push(toToolMessage(call, result, text, limits))
    yield { type: 'tool_result', call, result, text, ...(failure && { failure }) }
  }
  return messages
}

function toToolMessage(
  call: FunctionCall,
  result: CallToolResult,
  text: string,
  { maxResponseBytes: maxCharacters, maxResultMediaBytes: maxMediaBytes }: ToolLoop['limits'],
): ChatMessage {
  const content = toResultContent(result, text, { maxCharacters, maxMediaBytes })
  return { role: 'tool', tool_call_id: call.id, content, ...(result.isError === true && { is_error: true }) }
}

/**
 * Tells the calls that go back to the caller: of their own functions, of types we do not know, and of ours that need
 * approval. An unknown name is ours, to be answered with an error, where there are tools of ours at all.
 */
export function findsTheirs({
  tools,
  request,
}: Readonly<{ tools: ToolLoop['tools']; request: Pick<TurnRequest, 'tools'> }>): (call: ToolCall) => boolean {
  // A tool of a type that we do not know may have a name, by which the model calls it (Anthropic's `bash`).
  const offered = new Set(request.tools.map(tool => (isFunctionTool(tool) ? tool.function.name : tool.name)))
  return call => {
    if (!isFunctionCall(call)) return true
    const { name } = call.function
    return tools.get(name)?.needsApproval ?? (offered.has(name) || tools.size === 0)
  }
}

/** Reasons after which the last call may be half a call, so that none of the turn is run. */
const cutShort = new Set(['length', 'max_tokens', 'model_length', 'content_filter', 'error'])

function endReason({ reason, calls }: Turn, hasHandedBack: boolean): string {
  if (cutShort.has(reason)) return reason
  if (hasHandedBack) return 'tool_calls'
  if (calls.length > 0) return 'length'
  return reason === 'tool_calls' ? 'stop' : reason
}

/** The turn after a round. The last one has no tools, so that the model can only answer. */
function nextRequest(request: TurnRequest, messages: readonly ChatMessage[], isLast: boolean): TurnRequest {
  const { toolChoice, ...others } = request
  const next = { ...others, messages: [...request.messages, ...messages] }
  if (!isLast) {
    const choice = followUpChoice(toolChoice)
    return choice === undefined ? next : { ...next, toolChoice: choice }
  }
  // OpenAI refuses parallel_tool_calls where there are no tools.
  const { parallel_tool_calls: _, ...rest } = request.rest
  return { ...next, tools: [], rest }
}
