import type { JsonObject } from '../../core/json.ts'
import { taskIdOf, withoutTask } from '../../core/tasks.ts'
import type { Progress } from '../../core/tool.ts'
import type { CallContext } from '../../core/tool-source.ts'
import type { Relay } from './relay.ts'
import type { TaskWatch } from './watch-tasks.ts'

/** How long a task is given to take a cancel, which nobody waits for. */
const cancelMs = 5_000

/**
 * Makes a call that its server takes only as a task, for a caller who knows of none: begins the task, waits for its
 * result, and cancels it where the caller goes away or has waited long enough.
 *
 * @param options - `ttlMs`: how long the server is asked to keep the result
 * @throws GatewayError as {@link Relay} does
 */
export async function runAsTask(
  { relay, tasks, ttlMs }: Readonly<{ relay: Relay; tasks: Pick<TaskWatch, 'follow'>; ttlMs: number }>,
  params: JsonObject,
  context: CallContext,
): Promise<JsonObject> {
  const created = await relay('tools/call', { ...params, task: { ttl: ttlMs } }, context)
  const taskId = taskIdOf(created)
  // A server may answer at once all the same.
  if (taskId === undefined) return created
  const unfollow = tasks.follow(taskId, (method, progress) => {
    if (method === 'notifications/progress') context.onProgress?.(progress as Progress)
  })
  try {
    return withoutTask(await relay('tasks/result', { taskId }, context))
  } catch (error) {
    const signal = AbortSignal.timeout(cancelMs)
    void relay('tasks/cancel', { taskId }, { signal }).catch(() => {})
    throw error
  } finally {
    unfollow()
  }
}
