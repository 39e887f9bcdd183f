import type { CallContext, ToolSource } from '../core/tool-source.ts'

/** Runs something around one call or relayed request of a source, with its own context where it gives another. */
export type AroundCall = <T>(
  /** Names it for messages. */
  what: string,
  context: CallContext,
  run: (context?: CallContext) => Promise<T>,
) => Promise<T>

/** Puts the same thing around every call and every relayed request of a source; lists and the rest pass as they are. */
export function aroundCalls(source: ToolSource, around: AroundCall): ToolSource {
  const { features } = source
  return {
    id: source.id,
    kind: source.kind,
    ...(features && {
      features: {
        ...features,
        request: (method, params, context) =>
          around(method, context, (given = context) => features.request(method, params, given)),
      },
    }),
    list: options => source.list(options),
    call: (key, args, context) => around(key, context, (given = context) => source.call(key, args, given)),
    health: () => source.health(),
    onChange: listener => source.onChange(listener),
    close: () => source.close(),
  }
}
