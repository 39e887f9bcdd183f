import type { ClientLink } from '../../core/client-link.ts'
import { GatewayError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { rpcCode } from '../../core/protocol.ts'
import type { CallContext } from '../../core/tool-source.ts'
import type { Lack } from './ask-rules.ts'
import type { CallOwner } from './running-call.ts'

/** What a client could not be asked during one call of it. */
export type NotedLacks = CallOwner &
  Readonly<{
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
  return new LackNotes(context)
}

/** A class, since every call of a modern client has one: an object with getters of its own takes far longer to make. */
class LackNotes implements NotedLacks {
  readonly #context: Pick<CallContext, 'client' | 'clientId'>
  #noted: Map<string, Lack> | undefined

  constructor(context: Pick<CallContext, 'client' | 'clientId'>) {
    this.#context = context
  }

  /** Looked at late: only calls that are asked something need their client. */
  get client(): ClientLink | undefined {
    return this.#context.client
  }

  get clientId(): string | undefined {
    return this.#context.clientId
  }

  onLack(lack: Lack): void {
    this.#noted ??= new Map()
    this.#noted.set(lack.error.message, lack)
  }

  explain(error: unknown): unknown {
    if (this.#noted === undefined) return error
    if (!(error instanceof GatewayError) || error.code !== 'SOURCE_ERROR' || !isObject(error.data)) return error
    const { code, message } = error.data
    const told = [...this.#noted.values()].find(lack => lack.error.code === code && isIn(lack.error.message, message))
    if (told === undefined) return error
    const data = { code: rpcCode.missingCapability, message, data: { requiredCapabilities: told.required } }
    return new GatewayError('SOURCE_ERROR', error.message, { data, cause: error })
  }
}

function isIn(part: string, whole: unknown): boolean {
  return typeof whole === 'string' && whole.includes(part)
}
