import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { RpcMessage } from '../../core/protocol.ts'

/** Who waits for an answer. */
export type Waiter = Readonly<{ resolve: (result: JsonObject) => void; reject: (error: GatewayError) => void }>

/**
 * Gives an answer of an upstream to whoever waits for it: its result as it came, its error as `SOURCE_ERROR` with the error as
 * `data`, and anything else as `SOURCE_PROTOCOL`.
 *
 * @param from - `hide` takes out of an error's text what nobody may read
 */
export function settle(
  waiter: Waiter,
  { result, error }: RpcMessage,
  { sourceId, hide = told => told }: Readonly<{ sourceId: string; hide?: (text: string) => string }>,
): void {
  if (error !== undefined && result !== undefined) {
    return waiter.reject(
      new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" answered with a result and an error at once.`),
    )
  }
  if (error !== undefined) {
    const said = hide(String(error.message))
    const message = `"${sourceId}" answered with error ${error.code}: ${said.slice(0, 2_000)}`
    return waiter.reject(new GatewayError('SOURCE_ERROR', message, { data: { ...error, message: said } }))
  }
  if (!isObject(result))
    return waiter.reject(new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" answered with a result that is no object.`))
  waiter.resolve(result)
}
