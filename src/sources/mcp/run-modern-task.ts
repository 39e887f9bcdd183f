import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { rpcCode, withoutHopFields } from '../../core/protocol.ts'
import { takesTasks, taskIdOf } from '../../core/tasks.ts'
import type { CallContext } from '../../core/tool-source.ts'
import { answerRequests } from './input-rounds.ts'
import type { Relay } from './relay.ts'

/** What running a task needs. */
export type RunTaskOptions = Readonly<{ sourceId: string; limits: Limits; relay: Relay }>

/** Between two looks at a task whose server names no interval, and the bounds of what it may name. */
const pollMs = 1_000
const leastPollMs = 50
const mostPollMs = 30_000

/** How often in a row a look may fail for want of an answer. */
const maxMisses = 3

/** How long a task is given to take a cancel, which nobody waits for. */
const cancelMs = 5_000

/**
 * Tells that a modern server takes a call only from a client that takes tasks (SEP-2663, "Capability Negotiation").
 *
 * @param error - what its refusal was thrown as
 */
export function needsTask(error: unknown): boolean {
  const said = error instanceof GatewayError && error.code === 'SOURCE_ERROR' ? error.data : undefined
  if (!isObject(said) || said.code !== rpcCode.missingCapability || !isObject(said.data)) return false
  return isObject(said.data.requiredCapabilities) && takesTasks(said.data.requiredCapabilities)
}

/**
 * Makes a call of a modern server as a task, for a caller who knows of none: begins it, looks at it as often as the server
 * says, answers what it asks by the caller's client, and gives its result. Where the caller goes away, or
 * `limits.callHardTimeoutMs` are over, it is cancelled.
 *
 * @returns the result of the call; one that asks for input where the server asks before it begins the task
 * @throws GatewayError as {@link Relay} does; `SOURCE_ERROR` for a task that failed or that its server has cancelled
 */
export async function runModernTask(
  options: RunTaskOptions,
  params: JsonObject,
  context: CallContext,
  headers: Readonly<Record<string, string>> | undefined,
): Promise<JsonObject> {
  const { sourceId, limits, relay } = options
  const created = await relay('tools/call', params, context, { headers, takesTask: true })
  const taskId = taskIdOf(created)
  // The server decides anew for each call.
  if (taskId === undefined) return created
  const deadline = AbortSignal.timeout(limits.callHardTimeoutMs)
  const signal = AbortSignal.any([context.signal, deadline])
  const { client } = context
  const about: CallContext = { signal, ...(client && { client }) }
  try {
    return await followTask(options, created, taskId, about)
  } catch (error) {
    if (!(error instanceof TaskOver)) {
      void relay('tasks/cancel', { taskId }, { signal: AbortSignal.timeout(cancelMs) }, { takesTask: true }).catch(
        () => {},
      )
    }
    if (!deadline.aborted || context.signal.aborted) throw error
    const message = `"${sourceId}" gave no result of its task within ${limits.callHardTimeoutMs} ms (limits.callHardTimeoutMs).`
    throw new GatewayError('SOURCE_TIMEOUT', message, { cause: error })
  }
}

/** A task that has ended without a result: there is nothing to cancel. */
class TaskOver extends GatewayError {}

async function followTask(
  { sourceId, limits, relay }: RunTaskOptions,
  created: JsonObject,
  taskId: string,
  about: CallContext,
): Promise<JsonObject> {
  const { signal, client } = about
  const answered = new Set<string>()
  let task = created
  let misses = 0
  for (;;) {
    await pause(task, signal)
    try {
      task = await relay('tasks/get', { taskId }, about, { takesTask: true })
      misses = 0
    } catch (error) {
      misses += 1
      if (signal.aborted || misses >= maxMisses || !isMiss(error)) throw error
      continue
    }
    const { status, inputRequests } = task
    if (status === 'completed') return resultOf(task, sourceId)
    if (status === 'failed' || status === 'cancelled') throw overOf(task, sourceId)
    // A question stands in the task until its answer has been taken.
    const asked = isObject(inputRequests) ? Object.entries(inputRequests).filter(([key]) => !answered.has(key)) : []
    if (status !== 'input_required' || asked.length === 0) continue
    if (answered.size + asked.length > limits.maxAsksPerCall) {
      const message = `"${sourceId}" asked for more than ${limits.maxAsksPerCall} things (limits.maxAsksPerCall) before it answered.`
      throw new GatewayError('LIMIT_REACHED', message)
    }
    const inputResponses = await answerRequests(asked, { sourceId, client, signal, limits })
    await relay('tasks/update', { taskId, inputResponses }, about, { takesTask: true })
    for (const [key] of asked) answered.add(key)
  }
}

/** A task that is said to be over, or to ask, is looked at once at once. */
async function pause({ resultType, status, pollIntervalMs }: JsonObject, signal: AbortSignal): Promise<void> {
  const isNews = resultType === 'task' && status !== 'working'
  const wanted = typeof pollIntervalMs === 'number' ? pollIntervalMs : pollMs
  const ms = isNews ? 0 : Math.min(Math.max(wanted, leastPollMs), mostPollMs)
  await sleep(ms, undefined, { signal }).catch((cause: unknown) => {
    throw new GatewayError('CANCELLED', 'The call was cancelled while its task ran.', { cause })
  })
}

function isMiss(error: unknown): boolean {
  return error instanceof GatewayError && (error.code === 'SOURCE_UNAVAILABLE' || error.code === 'SOURCE_TIMEOUT')
}

function resultOf({ result }: JsonObject, sourceId: string): JsonObject {
  if (!isObject(result))
    throw new TaskOver('SOURCE_PROTOCOL', `"${sourceId}" completed a task without a result that is an object.`)
  const { resultType: _, _meta, ...rest } = result
  const meta = withoutHopFields(_meta)
  return meta === undefined ? rest : { ...rest, _meta: meta }
}

function overOf({ status, statusMessage, error }: JsonObject, sourceId: string): TaskOver {
  const said =
    isObject(error) && typeof error.code === 'number' && typeof error.message === 'string' ? error : undefined
  const why = String(said?.message ?? statusMessage ?? 'It does not say why.').slice(0, 2_000)
  const message = `"${sourceId}" ${status === 'failed' ? 'failed' : 'has cancelled'} the task of this call: ${why}`
  return new TaskOver('SOURCE_ERROR', message, said && { data: said })
}
