import type { JsonObject } from '../../../core/json.ts'
import type { Usage } from '../../../core/model.ts'
import type { Stop } from './message-end.ts'
import { toMessageUsage } from './message-end.ts'

/**
 * The event that begins a message.
 *
 * @param usage - what the provider said of it by then, in Anthropic's words; the whole is told at the end
 */
export function startMessage({ id, model }: Readonly<{ id: string; model: string }>, usage: JsonObject): JsonObject {
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

/** The last event but one: why the message ended, and the usage of all turns. @param others - what a provider says beside it */
export function endMessage(stop: Stop | undefined, usage: Usage | undefined, others: JsonObject): JsonObject {
  const { container = null, context_management: management } = others
  return {
    type: 'message_delta',
    delta: { ...(stop ?? { stop_reason: 'end_turn', stop_sequence: null, stop_details: null }), container },
    usage: toMessageUsage(usage),
    ...(management !== undefined && { context_management: management }),
  }
}
