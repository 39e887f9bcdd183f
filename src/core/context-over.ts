import type { ClientLink, InputExchange } from './client-link.ts'
import type { JsonObject } from './json.ts'
import type { CallContext, Permits } from './tool-source.ts'

/** What of a context is another. `link` is given the client when someone looks for it, and gives the one they see: under the same id. */
export type ContextFields = Readonly<{
  link?: (client: ClientLink) => ClientLink
  onProgress?: CallContext['onProgress']
  permits?: Permits
}>

/**
 * A context that stands for another: with these fields in place of its own, and all others as they are. What is made when
 * it is read, as headers are, is made no sooner: copying the context would read it.
 */
export function contextOver(context: CallContext, fields: ContextFields): CallContext {
  return new ContextOver(context, fields) as CallContext
}

/** Written out, since an object made with `Object.create` and descriptors costs fifty times as much. */
class ContextOver {
  readonly #under: CallContext
  readonly #fields: ContextFields

  constructor(under: CallContext, fields: ContextFields) {
    this.#under = under
    this.#fields = fields
  }

  get signal(): AbortSignal {
    return this.#under.signal
  }

  get meta(): JsonObject | undefined {
    return this.#under.meta
  }

  get onProgress(): CallContext['onProgress'] {
    return this.#fields.onProgress ?? this.#under.onProgress
  }

  get callerId(): string | undefined {
    return this.#under.callerId
  }

  get client(): ClientLink | undefined {
    const { client } = this.#under
    return client === undefined ? undefined : (this.#fields.link?.(client) ?? client)
  }

  get clientId(): string | undefined {
    return this.#under.clientId
  }

  get input(): InputExchange | undefined {
    return this.#under.input
  }

  get task(): JsonObject | undefined {
    return this.#under.task
  }

  get permits(): Permits | undefined {
    return this.#fields.permits ?? this.#under.permits
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    return this.#under.headers
  }
}

/** The same client, which is told of each question before it is put. */
export function askedThrough(client: ClientLink, onAsk: () => void): ClientLink {
  const { id, capabilities, logLevel, tell, onLeave } = client
  return {
    id,
    capabilities,
    ...(logLevel !== undefined && { logLevel }),
    ask: (method, params, options) => {
      onAsk()
      return client.ask(method, params, options)
    },
    log: params => client.log(params),
    notify: (method, params) => client.notify(method, params),
    tell,
    onLeave,
  }
}
