import type { ClientLink } from '../../core/client-link.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { metaKey, modernRevision } from '../../core/protocol.ts'

/**
 * Adds the `_meta` that a request to a modern upstream needs (MCP 2026-07-28, basic, "Per-request protocol fields").
 *
 * @param client - whose capabilities and log level are told; without one nobody can be asked
 */
export function withEnvelope(params: JsonObject, clientInfo: JsonObject, client?: ClientLink): JsonObject {
  const envelope = {
    [metaKey.protocolVersion]: modernRevision,
    [metaKey.clientCapabilities]: relayable(client?.capabilities ?? {}),
    [metaKey.clientInfo]: clientInfo,
    ...(client?.logLevel !== undefined && { [metaKey.logLevel]: client.logLevel }),
  }
  return { ...params, _meta: { ...(isObject(params._meta) ? params._meta : {}), ...envelope } }
}

/** The extension by which a server answers with a task in place of a result; `tasks` before it was one. */
const tasksExtension = 'io.modelcontextprotocol/tasks'

/** The capabilities of a client without those that Patchbay would have to relay more for: tasks. */
function relayable(capabilities: JsonObject): JsonObject {
  const { extensions } = capabilities
  const hasExtension = isObject(extensions) && extensions[tasksExtension] !== undefined
  if (!hasExtension && capabilities.tasks === undefined) return capabilities
  const { tasks: _tasks, ...rest } = capabilities
  if (!hasExtension) return rest
  const { [tasksExtension]: _extension, ...others } = extensions
  return { ...rest, extensions: others }
}
