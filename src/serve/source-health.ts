import type { JsonObject } from '../core/json.ts'
import type { GatewayHealth } from '../gateway/health.ts'

/** How a source is doing, as JSON tells it: `last_failure` is the last one, also where it has recovered since. */
export function toSourceHealth({ id, state, tools, notice, lastFailure, quarantined }: GatewayHealth): JsonObject {
  return {
    id,
    state,
    tools,
    ...(notice && { notice }),
    ...(quarantined && { quarantined }),
    ...(lastFailure && { last_failure: lastFailure }),
  }
}
