import type { ChatMessage } from '../../core/model.ts'
import type { Block } from './anthropic-content.ts'
import { toTextBlocks } from './anthropic-content.ts'
import type { Said } from './anthropic-messages.ts'
import { noContent, readMessage } from './anthropic-messages.ts'

/** One message of the body. `system` is a message of a caller who speaks this wire; ours go to the front. */
export type Turn = { role: Said['role']; content: Block[] }

/**
 * Makes turns of messages: `system` and `developer` ones go to the front, wherever they stood; neighbours of one role
 * become one turn; the conversation begins with the user.
 *
 * The results of a round stand first in the turn after it, all of them, in the order of the calls. A call that nobody
 * answered is answered with a failure that says so, and a result whose call is not there is kept as text: the API
 * refuses either, and callers cut histories where they like.
 */
export function toTurns(messages: readonly ChatMessage[]): { system: readonly Block[]; turns: readonly Turn[] } {
  const system: Block[] = []
  const turns: Turn[] = []
  for (const [index, message] of messages.entries()) {
    const { role, blocks, isNative } = readMessage(message, `messages[${index}]`)
    const isInPlace = isNative && turns.length > 0
    if (role === 'system' && !isInPlace) system.push(...blocks)
    else if (role !== 'assistant' || blocks.length > 0) append(turns, role, blocks)
  }
  const answered = answerCalls(turns)
  if (answered[0]?.role !== 'user') answered.unshift({ role: 'user', content: [] })
  const filled = answered.map(turn => (turn.content.length > 0 ? turn : { ...turn, content: toTextBlocks(noContent) }))
  return { system, turns: withoutTrailingSpace(filled) }
}

/**
 * True where the last round of calls waits for its continuation, and does not begin with the thinking that led to it.
 * Thinking by budget is refused there.
 */
export function hasUnexplainedCalls(turns: readonly Turn[]): boolean {
  const round = turns.findLast(({ role }) => role === 'assistant')
  const last = turns.at(-1)
  const isOpen = last?.role === 'user' && last.content.some(({ type }) => type === 'tool_result')
  const first = String(round?.content[0]?.type)
  return isOpen && first !== 'thinking' && first !== 'redacted_thinking'
}

function append(turns: Turn[], role: Said['role'], blocks: readonly Block[]): void {
  const last = turns.at(-1)
  if (last?.role === role) last.content.push(...blocks)
  else turns.push({ role, content: [...blocks] })
}

/** A call that waits for its result: its id as the history has it, and as it is sent. */
type OpenCall = Readonly<{ given: string; id: string }>

function answerCalls(turns: readonly Turn[]): Turn[] {
  const answered: Turn[] = []
  const used = new Set<string>()
  let open: readonly OpenCall[] = []
  for (const turn of turns) {
    if (turn.role === 'user') {
      answered.push({ role: 'user', content: arrange(turn.content, open) })
      open = []
      continue
    }
    // A system message of the caller's own may stand between calls and results.
    if (turn.role === 'system') {
      answered.push(turn)
      continue
    }
    if (open.length > 0) answered.push({ role: 'user', content: arrange([], open) })
    const uses = turn.content.filter(({ type }) => type === 'tool_use')
    const calls = new Map(uses.map(use => [use, { given: String(use.id), id: distinctId(String(use.id), used) }]))
    open = [...calls.values()]
    const content = turn.content.map(block => {
      const call = calls.get(block)
      return call === undefined || call.id === block.id ? block : { ...block, id: call.id }
    })
    answered.push({ ...turn, content })
  }
  if (open.length > 0) answered.push({ role: 'user', content: arrange([], open) })
  return answered
}

/** Ids are unique over a conversation; some endpoints, whose calls may be in the history, count from zero in each answer. */
function distinctId(id: string, used: Set<string>): string {
  let chosen = id
  for (let suffix = 2; used.has(chosen); suffix += 1) chosen = `${id}_${suffix}`
  used.add(chosen)
  return chosen
}

/** The results of these calls in their order, and then everything else. */
function arrange(blocks: readonly Block[], calls: readonly OpenCall[]): Block[] {
  const results = new Map<OpenCall, Block>()
  const others: Block[] = []
  for (const block of blocks) {
    const given = String(block.tool_use_id)
    const call = calls.find(call => call.given === given && !results.has(call))
    if (block.type !== 'tool_result') others.push(block)
    else if (call !== undefined) results.set(call, call.id === given ? block : { ...block, tool_use_id: call.id })
    else others.push(...toLooseResult(block))
  }
  return [...calls.map(call => results.get(call) ?? toMissingResult(call.id)), ...others]
}

function toMissingResult(id: string): Block {
  return { type: 'tool_result', tool_use_id: id, content: 'This call was given no result.', is_error: true }
}

function toLooseResult({ tool_use_id: id, content }: Block): Block[] {
  const blocks = Array.isArray(content) ? (content as Block[]) : toTextBlocks(content)
  // A reference to a tool means nothing outside a result.
  const shown = blocks.filter(({ type }) => type !== 'tool_reference')
  return [
    ...toTextBlocks(`Result of the tool call ${String(id)}:`),
    ...(shown.length > 0 ? shown : toTextBlocks(noContent)),
  ]
}

/** An answer that is to be continued may not end in white space. */
function withoutTrailingSpace(turns: readonly Turn[]): readonly Turn[] {
  const last = turns.at(-1)
  const block = last?.content.at(-1)
  if (last?.role !== 'assistant' || block?.type !== 'text') return turns
  const content = [...last.content.slice(0, -1), { ...block, text: String(block.text).trimEnd() }]
  return [...turns.slice(0, -1), { ...last, content }]
}
