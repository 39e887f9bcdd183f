import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnEvent } from '../../core/model.ts'
import type { ReadContext, StreamReader } from '../codec.ts'
import { parseFrame } from '../wire/parse-frame.ts'
import { isInnerError, toBrokenTurn, toInnerError } from '../wire/provider-error.ts'
import { readMeta, splitChoice } from './openai-answer.ts'
import type { ToolCallParts } from './tool-call-parts.ts'
import { collectToolCalls, fillArguments, isWhole } from './tool-call-parts.ts'

/** What has come of one choice. */
type ChoiceSoFar = { calls: ToolCallParts; reason?: string }

/**
 * Reads a stream of `chat.completion.chunk` as the events of a turn.
 *
 * Text is passed on as it comes. Tool calls are held back until the stream has ended well: with a finish_reason, or
 * with `[DONE]` and whole arguments. Everything else is a turn that broke off.
 */
export function fromOpenAiStream({ model, redact }: ReadContext): StreamReader {
  const choices = new Map<number, ChoiceSoFar>()
  let isDone = false
  // Most fields outside the choices are the same on every chunk.
  let told: JsonObject = {}
  return {
    read({ data }) {
      if (data.trim() === '[DONE]') {
        isDone = true
        return []
      }
      const chunk = parseFrame(data, model, 'a chunk')
      if (isInnerError(chunk)) throw toInnerError(model, chunk, redact)
      const events: TurnEvent[] = []
      if (!saysTheSame(chunk, told)) {
        events.push(...readMeta(chunk))
        told = chunk
      }
      for (const raw of Array.isArray(chunk.choices) ? chunk.choices : []) {
        const delta = isObject(raw) ? readChunkChoice(raw, choices) : undefined
        if (delta !== undefined) events.push(delta)
      }
      return events
    },
    isOver: () => isDone,
    *end() {
      if (choices.size === 0) throw toBrokenTurn(model, 'sent a stream without an answer')
      for (const [choice, soFar] of choices) yield* endChoice(choice, soFar, isDone, model)
    },
  }
}

/** Tells whether a chunk says nothing else outside its choices than the one before, of what is told of it. */
function saysTheSame(chunk: JsonObject, before: JsonObject): boolean {
  for (const name in chunk) {
    if (untold.has(name)) continue
    const value = chunk[name]
    if (value !== before[name] || (typeof value === 'object' && value !== null)) return false
  }
  return true
}

const untold = new Set(['id', 'object', 'created', 'choices', 'obfuscation'])

function readChunkChoice(raw: JsonObject, choices: Map<number, ChoiceSoFar>): TurnEvent | undefined {
  const { choice, delta, calls, reason, fields } = splitChoice(raw)
  let soFar = choices.get(choice)
  if (soFar === undefined) {
    soFar = { calls: collectToolCalls() }
    choices.set(choice, soFar)
  }
  if (Array.isArray(calls)) soFar.calls.add(calls)
  if (reason !== undefined) soFar.reason = reason
  const hasFields = Object.keys(fields).length > 0
  if (Object.keys(delta).length === 0 && !hasFields) return undefined
  return hasFields ? { type: 'delta', choice, delta, fields } : { type: 'delta', choice, delta }
}

function* endChoice(choice: number, soFar: ChoiceSoFar, isDone: boolean, model: string): Generator<TurnEvent> {
  const calls = fillArguments(soFar.calls.calls(), soFar.reason)
  if (soFar.reason === undefined && !isDone) throw toBrokenTurn(model, 'broke off before its answer was complete')
  if (soFar.reason === undefined && !calls.every(isWhole)) throw toBrokenTurn(model, 'broke off inside a tool call')
  if (calls.length > 0) yield { type: 'tool_calls', choice, calls }
  yield { type: 'finish', choice, reason: soFar.reason ?? (calls.length > 0 ? 'tool_calls' : 'stop') }
}
