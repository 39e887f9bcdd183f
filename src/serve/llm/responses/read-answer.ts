import type { JsonObject } from '../../../core/json.ts'
import type { ChatMessage, ToolCall, Usage } from '../../../core/model.ts'
import type { LoopEvent } from '../../../llm/loop-event.ts'
import type { RequestTools } from '../request-tools.ts'
import type { Calls } from './call-items.ts'
import { createCalls, listTools } from './call-items.ts'
import { toSpoken } from './delta.ts'
import type { Output } from './output.ts'
import { createOutput } from './output.ts'
import { isWorthReplaying } from './replay.ts'
import type { Ending, ResponseHead } from './response-body.ts'
import { toEnding, toFailure, toResponse, toUsage } from './response-body.ts'
import type { Speech } from './speech.ts'
import { createSpeech } from './speech.ts'

/** What an answer is read with. */
export type Reading = Readonly<{
  head: ResponseHead
  tools: RequestTools
  /** Labels whose tools are listed in the conversation. */
  listed: ReadonlySet<string>
  /** By the id of a call that was approved, the id of the request for it. */
  approvals: ReadonlyMap<string, string>
  seal: (message: ChatMessage) => string
  /** Keeps the finished answer before anyone is told that it is. `replays`: its turns, by the item that stands for each. */
  keep: (response: JsonObject, replays: ReadonlyMap<string, ChatMessage>) => Promise<boolean>
}>

/** Reads one answer as it comes to be. */
export type AnswerReader = Readonly<{
  /** The events that one event of the loop makes. Before it nothing is told, so that a failure may still be a status. */
  read(event: LoopEvent): readonly JsonObject[]
  /** The events that the answer ends with, once the loop has; the last one holds the whole answer. */
  end(): Promise<readonly JsonObject[]>
  /** The same for an answer that broke off; undefined where nothing was told of it. */
  fail(thrown: unknown): Promise<readonly JsonObject[]> | undefined
}>

/** Reads the loop as one answer, however many turns it took. */
export function readAnswer(reading: Reading): AnswerReader {
  const { head, tools, listed, approvals } = reading
  const output = createOutput(head.id)
  const state: AnswerState = {
    output,
    speech: createSpeech(output),
    calls: createCalls(output, tools, approvals),
    replays: new Map(),
    model: head.model,
    fields: {},
    handedBack: [],
  }
  let hasBegun = false
  return {
    read(event) {
      if (!hasBegun) {
        hasBegun = true
        for (const type of ['response.created', 'response.in_progress']) output.announce(type, toResponse(head, [], {}))
        listTools(output, tools, listed)
      }
      readEvent(event, state, reading)
      return output.take()
    },
    end: () => finish(state, reading),
    fail(thrown) {
      if (!hasBegun) return undefined
      // What was said before it broke off has been read, so it stays in the answer.
      state.speech.endTurn({ hasCalls: false, status: 'incomplete' })
      state.ending = toFailure(thrown)
      return finish(state, reading)
    },
  }
}

type Said = Extract<LoopEvent, { type: 'said' }>

type AnswerState = {
  readonly output: Output
  readonly speech: Speech
  readonly calls: Calls
  readonly replays: Map<string, ChatMessage>
  model: string
  /** What the provider says of the answer itself. */
  fields: JsonObject
  handedBack: readonly ToolCall[]
  usage?: Usage
  ending?: Ending
}

function readEvent(event: LoopEvent, state: AnswerState, reading: Reading): void {
  switch (event.type) {
    case 'meta':
      // The first turn's name stays: one answer has one model.
      if (event.model !== undefined && state.model === reading.head.model) state.model = event.model
      if (typeof event.fields?.service_tier === 'string') state.fields = { service_tier: event.fields.service_tier }
      break
    case 'delta':
      for (const speak of toSpoken(event.delta, event.fields)) speak(state.speech)
      break
    case 'said':
      endTurn(event, state, reading)
      break
    case 'tool_call':
      state.calls.start(event.call)
      break
    case 'tool_result':
      state.calls.finish(event)
      break
    case 'tool_calls':
      state.handedBack = event.calls
      break
    case 'finish':
      state.ending = toEnding(event.reason)
      state.calls.handBack(state.handedBack, state.ending.status !== 'completed')
      if (event.limit) state.fields = { ...state.fields, patchbay_stopped_by: event.limit }
      break
    case 'end':
      if (event.usage) state.usage = event.usage
  }
}

function endTurn({ message, reason }: Said, { speech, replays }: AnswerState, { seal }: Reading): void {
  const hasCalls = (message.tool_calls ?? []).length > 0
  const isKept = isWorthReplaying(message)
  const { status } = toEnding(reason)
  const bearer = speech.endTurn({
    hasCalls,
    status: status === 'completed' ? status : 'incomplete',
    ...(isKept && { sealed: seal(message) }),
  })
  if (isKept && bearer !== undefined) replays.set(bearer, message)
}

/** Writes the last event, which the answer is kept before. */
async function finish(state: AnswerState, { head, keep }: Reading): Promise<readonly JsonObject[]> {
  const { output, model, fields, replays } = state
  const usage = toUsage(state.usage)
  const ending = state.ending ?? { status: 'completed' as const }
  const write = (store: boolean): JsonObject =>
    toResponse({ ...head, store }, output.items(), {
      model,
      ...fields,
      ...ending,
      completed_at: ending.status === 'failed' ? null : Math.floor(Date.now() / 1000),
      ...(usage && { usage }),
    })
  const response = write(head.store)
  const isKept = head.store && (await keep(response, replays))
  output.announce(`response.${ending.status}`, isKept === head.store ? response : write(false))
  return output.take()
}
