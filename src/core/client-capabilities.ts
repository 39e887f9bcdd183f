import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'

/** What a server may ask of a client (MCP 2026-07-28, basic/patterns/mrtr, "InputRequests"). */
export const inputMethods: readonly string[] = ['elicitation/create', 'sampling/createMessage', 'roots/list']

/**
 * What a client would have to declare to be asked this, and has not; undefined when it may be asked. In the form of
 * `data.requiredCapabilities` of error -32021. A bare `elicitation: {}` means forms (2025-11-25, client/elicitation).
 */
export function missingCapabilities(method: string, params: JsonObject, declared: JsonObject): JsonObject | undefined {
  if (method === 'roots/list') return isObject(declared.roots) ? undefined : { roots: {} }
  if (method === 'sampling/createMessage') {
    const { sampling } = declared
    const part = params.tools !== undefined || params.toolChoice !== undefined ? { tools: {} } : {}
    return isObject(sampling) && (!('tools' in part) || sampling.tools !== undefined) ? undefined : { sampling: part }
  }
  const { elicitation } = declared
  const mode = params.mode === 'url' ? 'url' : 'form'
  const hasMode = isObject(elicitation) && (elicitation[mode] !== undefined || (mode === 'form' && !elicitation.url))
  return hasMode ? undefined : { elicitation: { [mode]: {} } }
}
