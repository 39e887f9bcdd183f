import type { ClientLink } from '../../core/client-link.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { withoutHopFields } from '../../core/protocol.ts'
import type { Progress } from '../../core/tool.ts'
import { untilAborted } from '../../core/until-aborted.ts'

/** One question of an upstream to a client, and how long the client may take. */
export type Question = Readonly<{
  method: string
  params: JsonObject
  signal: AbortSignal
  onProgress?: (progress: Progress) => void
  /** `limits.askTimeoutMs` */
  timeoutMs: number
}>

/**
 * Asks a client what an upstream wants to know. Of the question only the fields of the hop are taken off.
 *
 * @returns its result as it came
 * @throws GatewayError `CLIENT_REFUSED`, `CANCELLED`, or `LIMIT_REACHED` when it took too long
 */
export async function askClient(
  client: ClientLink,
  { method, params, signal, timeoutMs, onProgress }: Question,
): Promise<JsonObject> {
  const tooLate = new AbortController()
  const timer = setTimeout(() => tooLate.abort(), timeoutMs)
  // No server is told that clients run tasks; one that asks for a task gets the answer itself (2025-11-25, utilities/tasks).
  const { _meta, task: _task, ...rest } = params
  const meta = withoutHopFields(_meta)
  const either = AbortSignal.any([signal, tooLate.signal])
  try {
    const options = { signal: either, ...(onProgress && { onProgress }) }
    const asked = client.ask(method, meta === undefined ? rest : { ...rest, _meta: meta }, options)
    const result = await untilAborted(asked, either, `the answer to ${method}`)
    if (isObject(result)) return result
    throw new GatewayError('CLIENT_REFUSED', `The client answered ${method} with a result that is no object.`)
  } catch (error) {
    if (!tooLate.signal.aborted || signal.aborted) throw error
    const message = `The client gave no answer to ${method} within ${timeoutMs} ms (limits.askTimeoutMs).`
    throw new GatewayError('LIMIT_REACHED', message, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
