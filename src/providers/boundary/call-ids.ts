import { createHash } from 'node:crypto'
import type { ChatMessage, ToolCall } from '../../core/model.ts'
import type { NameMap, NameRule } from './tool-names.ts'
import { isLegal } from './tool-names.ts'

/**
 * Makes the ids of calls in a history legal for a provider.
 *
 * An id that is replaced depends on nothing but the one it replaces, so a longer history changes none (prompt caches).
 */
export function renameIds(
  messages: readonly ChatMessage[],
  rule: NameRule,
): { messages: readonly ChatMessage[]; ids: NameMap } {
  const ids = mapIds(new Set(messages.flatMap(idsOf)), rule)
  if (ids.forward.size === 0) return { messages, ids }
  return { messages: messages.map(message => withIds(message, ids.forward)), ids }
}

/** Gives calls of an answer the ids back that stand in the caller's history. */
export function restoreIds(calls: readonly ToolCall[], { reverse }: NameMap): readonly ToolCall[] {
  return reverse.size === 0 ? calls : calls.map(call => withId(call, reverse))
}

function mapIds(known: ReadonlySet<string>, rule: NameRule): NameMap {
  const forward = new Map<string, string>()
  const reverse = new Map<string, string>()
  for (const id of known) {
    if (isLegal(rule, id)) continue
    let chosen = toId(id, 0, rule)
    for (let turn = 1; known.has(chosen) || reverse.has(chosen); turn += 1) chosen = toId(id, turn, rule)
    forward.set(id, chosen)
    reverse.set(chosen, id)
  }
  return { forward, reverse }
}

/** Letters and digits alone, which every rule takes, and a letter first. */
function toId(id: string, turn: number, rule: NameRule): string {
  const hash = createHash('sha256').update(`${turn}:${id}`).digest('hex')
  return `c${hash}`.slice(0, Math.min(rule.maxLength, 32))
}

function idsOf(message: ChatMessage): readonly string[] {
  const calls = Array.isArray(message.tool_calls) ? (message.tool_calls as readonly ToolCall[]) : []
  if (calls.length === 0 && message.tool_call_id === undefined) return []
  return [...calls.map(call => call?.id), message.tool_call_id].filter(id => typeof id === 'string')
}

function withIds(message: ChatMessage, forward: ReadonlyMap<string, string>): ChatMessage {
  const { tool_calls: calls, tool_call_id: answered } = message
  const renamed = answered === undefined ? undefined : forward.get(answered)
  const hasCalls = Array.isArray(calls) && calls.some(call => forward.has(call?.id))
  if (renamed === undefined && !hasCalls) return message
  return {
    ...message,
    ...(hasCalls && { tool_calls: calls.map(call => withId(call, forward)) }),
    ...(renamed !== undefined && { tool_call_id: renamed }),
  }
}

function withId(call: ToolCall, map: ReadonlyMap<string, string>): ToolCall {
  const id = map.get(call?.id)
  return id === undefined ? call : { ...call, id }
}
