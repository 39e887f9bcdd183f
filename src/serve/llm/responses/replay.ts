import { isObject } from '../../../core/json.ts'
import type { ChatMessage } from '../../../core/model.ts'
import type { Sealer } from '../../seal.ts'

/**
 * Turns of a model in the hands of a caller, who can neither read nor change them: what a provider wants back exactly as it
 * was said (thinking with its signatures, ...) stands in `encrypted_content` of a reasoning item.
 */
export type Replays = Readonly<{
  seal(message: ChatMessage): string
  /** Undefined for what was not sealed for this caller, or by a process whose key is gone. */
  open(sealed: unknown): ChatMessage | undefined
}>

/** Makes the {@link Replays} of one caller. */
export function replaysOf(sealer: Sealer, callerId: string): Replays {
  const purpose = `responses turn of ${callerId}`
  return {
    seal: message => sealer.seal(purpose, message),
    open(sealed) {
      const opened = sealer.open(purpose, sealed)
      return isObject(opened) && opened.role === 'assistant' ? (opened as ChatMessage) : undefined
    },
  }
}

/** Whether a turn holds more than its items tell. */
export function isWorthReplaying(message: ChatMessage): boolean {
  const calls = message.tool_calls ?? []
  return hasMore(message, toldFields) || calls.some(call => hasMore(call, callFields))
}

const toldFields = new Set(['role', 'content', 'tool_calls', 'refusal', 'reasoning_content'])
const callFields = new Set(['id', 'type', 'function', 'custom', 'index'])

function hasMore(value: object, told: ReadonlySet<string>): boolean {
  return Object.keys(value).some(field => !told.has(field))
}
