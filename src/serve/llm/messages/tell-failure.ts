import { sendJson, writeEvent } from '../../exchange.ts'
import type { TellFailure } from '../answer.ts'
import { toAnthropicError } from './anthropic-error.ts'

/** Tells failures in Anthropic's shape. */
export const tellAnthropic: TellFailure = {
  refuse(thrown, { response }, hasActed) {
    const { status, headers, body } = toAnthropicError(thrown, hasActed)
    sendJson(response, status, body, headers)
  },
  /** The only way left is an `error` event, which Anthropic's clients throw; no `message_stop` follows it. */
  breakOff(thrown, { response }) {
    writeEvent(response, JSON.stringify(toAnthropicError(thrown).body), { event: 'error' })
  },
}
