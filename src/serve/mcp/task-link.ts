import type { ClientLink } from '../../core/client-link.ts'
import { contextOver } from '../../core/context-over.ts'
import type { JsonObject } from '../../core/json.ts'
import { aboutTask } from '../../core/tasks.ts'
import type { CallContext } from '../../core/tool-source.ts'

/** A context in which whatever the client is asked or told says which task it is about (2025-11-25, utilities/tasks). */
export function contextOfTask(context: CallContext, taskId: string): CallContext {
  const tag = (params: JsonObject): JsonObject => aboutTask(params, taskId)
  const link = (client: ClientLink): ClientLink => ({
    ...client,
    ask: (method, params, options) => client.ask(method, tag(params), options),
    log: params => client.log(tag(params)),
    notify: (method, params) => client.notify(method, tag(params)),
  })
  const { onProgress } = context
  return contextOver(context, {
    link,
    ...(onProgress && { onProgress: step => onProgress(aboutTask(step, taskId)) }),
  })
}
