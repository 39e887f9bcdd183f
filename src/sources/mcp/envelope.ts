import type { ClientLink } from '../../core/client-link.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { metaKey, modernRevision } from '../../core/protocol.ts'
import { tasksExtension } from '../../core/tasks.ts'

/**
 * Adds the `_meta` that a request to a modern upstream needs (MCP 2026-07-28, basic, "Per-request protocol fields").
 *
 * @param client - whose capabilities and log level are told; without one nobody can be asked
 * @param takesTask - tells that tasks are taken, whatever the client says
 */
export function withEnvelope(
  params: JsonObject,
  clientInfo: JsonObject,
  client?: ClientLink,
  takesTask?: true,
): JsonObject {
  const capabilities = relayable(client?.capabilities ?? {})
  const envelope = {
    [metaKey.protocolVersion]: modernRevision,
    [metaKey.clientCapabilities]: takesTask ? withTasks(capabilities) : capabilities,
    [metaKey.clientInfo]: clientInfo,
    ...(client?.logLevel !== undefined && { [metaKey.logLevel]: client.logLevel }),
  }
  return { ...params, _meta: { ...(isObject(params._meta) ? params._meta : {}), ...envelope } }
}

function withTasks(capabilities: JsonObject): JsonObject {
  const { extensions } = capabilities
  return { ...capabilities, extensions: { ...(isObject(extensions) ? extensions : {}), [tasksExtension]: {} } }
}

/** The capabilities of a client without `tasks`, which was one before it became an extension. */
function relayable(capabilities: JsonObject): JsonObject {
  if (capabilities.tasks === undefined) return capabilities
  const { tasks: _, ...rest } = capabilities
  return rest
}
