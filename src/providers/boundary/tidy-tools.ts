import { isDeepStrictEqual } from 'node:util'
import { GatewayError } from '../../core/errors.ts'
import type { ChatTool } from '../../core/model.ts'
import { isFunctionTool } from '../../core/model.ts'

/**
 * The tools of a request in their order, each name once: a definition that comes again is left out.
 *
 * @throws GatewayError `REQUEST_INVALID` for two tools of one name that differ, and for more than `maxTools`
 */
export function tidyTools(tools: readonly ChatTool[], maxTools: number): readonly ChatTool[] {
  const byName = new Map<string, ChatTool>()
  const kept = tools.filter(tool => {
    if (!isFunctionTool(tool)) return true
    const { name } = tool.function
    const known = byName.get(name)
    byName.set(name, tool)
    if (known === undefined) return true
    if (isDeepStrictEqual(known, tool)) return false
    throw invalid(
      'duplicate_tool',
      `Two tools are named "${name}", and they differ. A model tells tools apart by name alone: rename one of them.`,
    )
  })
  if (kept.length > maxTools) {
    throw invalid(
      'too_many_tools',
      `The request has ${kept.length} tools, and this model takes at most ${maxTools}. Choose with allowed_tools, name a narrower server_url such as "patchbay/mcp/<server>", or set "mode": "search" on the entry of a server with many tools.`,
    )
  }
  return kept.length === tools.length ? tools : kept
}

function invalid(code: string, message: string): GatewayError {
  return new GatewayError('REQUEST_INVALID', message, { data: { param: 'tools', code } })
}
