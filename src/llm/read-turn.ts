import { randomUUID } from 'node:crypto'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Native, ToolCall, TurnEvent, Usage } from '../core/model.ts'
import { joinDeltas } from './message.ts'

/** One turn, once it is complete. */
export type Turn = Readonly<{
  /** The message's fields, without tool calls. */
  fields: JsonObject
  calls: readonly ToolCall[]
  reason: string
  usage: Usage | undefined
  /** Of the usage, in US dollars; undefined where nobody knows it. */
  cost: number | undefined
  /** The message as its provider has it. */
  native?: Native
  /** What the provider says of its end beside the reason. */
  ending?: JsonObject
}>

/** What a turn says while it runs; its calls and its end are the loop's to tell. */
export type SpokenEvent =
  | Extract<TurnEvent, { type: 'delta' | 'native' }>
  | Readonly<{ type: 'meta'; model?: string; fields?: JsonObject }>

/** Carried from turn to turn of one answer. */
export type Spoken = { hasText: boolean; readonly textBetween: string; readonly callIds: Set<string> }

/** Takes a turn in, event by event. */
export type TurnReader = Readonly<{
  /** @returns what is to be passed on at once */
  read(event: TurnEvent): readonly SpokenEvent[]
  /** The turn, once all of it was read. @throws GatewayError `PROVIDER_ERROR` when it ended without a finish */
  end(): Turn
}>

/**
 * Begins to read a turn.
 *
 * All turns make one message: `textBetween` stands between the texts of two, and an id that an earlier turn has used
 * (some endpoints count from zero each time) is replaced.
 */
export function readTurn(spoken: Spoken): TurnReader {
  const deltas: JsonObject[] = []
  let calls: readonly ToolCall[] = []
  let reason: string | undefined
  let usage: Usage | undefined
  let cost: number | undefined
  let native: Native | undefined
  let ending: JsonObject | undefined
  let hasNewIds = false
  let saysText = false
  return {
    read(event) {
      switch (event.type) {
        case 'delta': {
          deltas.push(event.delta)
          const { content } = event.delta
          if (saysText || typeof content !== 'string' || content === '') return [event]
          saysText = true
          if (!spoken.hasText || spoken.textBetween === '') return [event]
          return [{ type: 'delta', choice: 0, delta: { content: spoken.textBetween } }, event]
        }
        case 'tool_calls':
          calls = withFreshIds(event.calls, spoken.callIds)
          hasNewIds = calls.some((call, index) => call !== event.calls[index])
          return []
        case 'finish':
          reason = event.reason
          native = event.native
          ending = event.fields
          return []
        case 'native':
          return [event]
        case 'meta':
          if (event.usage !== undefined) ({ usage, cost } = event)
          return [withoutUsage(event)]
      }
    },
    end() {
      if (reason === undefined) throw brokenOff()
      spoken.hasText ||= saysText
      // Under other ids the results would answer nothing that the provider has asked.
      return {
        fields: joinDeltas(deltas),
        calls,
        reason,
        usage,
        cost,
        ...(native && !hasNewIds && { native }),
        ...(ending && { ending }),
      }
    },
  }
}

/** What an answer says of itself. Usage and cost are kept back: they are told once, summed, at the end. */
export function withoutUsage(event: Extract<TurnEvent, { type: 'meta' }>): SpokenEvent {
  const { usage: _, cost: __, ...others } = event
  return others
}

/** The error for a turn that ended without a finish. */
export function brokenOff(): GatewayError {
  return new GatewayError('PROVIDER_ERROR', 'The model broke off before its answer was complete.')
}

function withFreshIds(calls: readonly ToolCall[], used: Set<string>): readonly ToolCall[] {
  return calls.map(call => {
    const id = used.has(call.id) ? `call_${randomUUID().replaceAll('-', '').slice(0, 24)}` : call.id
    used.add(id)
    return id === call.id ? call : { ...call, id }
  })
}
