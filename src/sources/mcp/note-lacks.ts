import { GatewayError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { rpcCode } from '../../core/protocol.ts'
import type { CallContext } from '../../core/tool-source.ts'
import type { Lack } from './ask-rules.ts'
import type { CallOwner } from './running-call.ts'

/** What a client could not be asked during one call of it. */
export type NotedLacks = Readonly<{
  /** Whose the call is, to be told of each lack. */
  caller: CallOwner
  /** Writes an error of the call as its client's era has it. */
  explain(error: unknown): unknown
}>

/**
 * Notes what an old server asked a modern client in vain, for the error that may come of it.
 *
 * A request that needs what its client has not declared fails with -32021, which names it (2026-07-28, basic, "Error Codes").
 * An old server cannot know that number: it fails with the refusal that it got, in whatever words it puts around it. Such
 * an error, and no other, becomes -32021; the server's words stay.
 */
export function noteLacks(context: Pick<CallContext, 'client' | 'clientId'>): NotedLacks {
  const noted = new Map<string, Lack>()
  return {
    caller: {
      // Looked at late: only calls that are asked something need their client.
      get client() {
        return context.client
      },
      get clientId() {
        return context.clientId
      },
      onLack: lack => void noted.set(lack.error.message, lack),
    },
    explain(error) {
      if (!(error instanceof GatewayError) || error.code !== 'SOURCE_ERROR' || !isObject(error.data)) return error
      const { code, message } = error.data
      const told = [...noted.values()].find(lack => lack.error.code === code && isIn(lack.error.message, message))
      if (told === undefined) return error
      const data = { code: rpcCode.missingCapability, message, data: { requiredCapabilities: told.required } }
      return new GatewayError('SOURCE_ERROR', error.message, { data, cause: error })
    },
  }
}

function isIn(part: string, whole: unknown): boolean {
  return typeof whole === 'string' && whole.includes(part)
}
