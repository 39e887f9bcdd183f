import type { ClientLink } from '../core/client-link.ts'
import type { CallContext } from '../core/tool-source.ts'

/** Any fields of a context, also said to be absent. */
export type ContextFields = Readonly<{ [Field in keyof CallContext]?: CallContext[Field] | undefined }>

/**
 * A context that stands for another: with these fields in place of its own, and all others as they are. What is made when
 * it is read, as headers are, is made no sooner: copying the context would read it.
 */
export function contextOver(context: CallContext, fields: ContextFields): CallContext {
  return Object.create(context, Object.getOwnPropertyDescriptors(fields))
}

/** The same client, which is told of each question before it is put; undefined where there is none. */
export function askedThrough(client: ClientLink | undefined, onAsk: () => void): ClientLink | undefined {
  if (client === undefined) return undefined
  const { id, capabilities, logLevel } = client
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
  }
}
