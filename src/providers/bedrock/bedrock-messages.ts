import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ChatMessage, FunctionCall } from '../../core/model.ts'
import { isFunctionCall } from '../../core/model.ts'
import { toCallInput } from '../boundary/call-input.ts'
import type { DocumentNames } from './bedrock-content.ts'
import { cachePoint, noContent, textBlocks, toBlocks, toResultBlocks } from './bedrock-content.ts'

/** A conversation as Converse has it. */
export type Conversation = Readonly<{ system: readonly JsonObject[]; messages: readonly Turn[] }>

/** A message of Converse. */
export type Turn = Readonly<{ role: 'user' | 'assistant'; content: readonly JsonObject[] }>

/**
 * Writes messages as Converse takes them: roles alternate and the user begins, the results of a round stand in one user
 * turn in the order of its calls, and nothing is empty.
 *
 * What Converse refuses is mended: a call without a result gets one of status `error` that says so, a result without its
 * call becomes text, and an id that is used twice gets a suffix.
 *
 * @param hasStatus - false where the model takes no `status` of results; a failure is then told in words
 * @throws GatewayError `REQUEST_INVALID` for a part that Converse cannot carry
 */
export function toConversation(messages: readonly ChatMessage[], hasStatus: boolean): Conversation {
  const system: JsonObject[] = []
  const turns: Turn[] = []
  const names: DocumentNames = new Set()
  const usedIds = new Set<string>()
  for (let at = 0; at < messages.length; at += 1) {
    const message = messages[at] as ChatMessage
    const place = `messages[${at}]`
    if (message.role === 'system' || message.role === 'developer') {
      system.push(...toBlocks(message.content, place, names), ...cachePoint(message))
    } else if (message.role === 'assistant') {
      const said = toAssistant(message, place, usedIds)
      addTurn(turns, 'assistant', said.content)
      if (said.calls.length === 0) continue
      // All results of a round follow it at once, and belong into one turn.
      const results: ChatMessage[] = []
      for (; messages[at + 1]?.role === 'tool'; at += 1) results.push(messages[at + 1] as ChatMessage)
      addTurn(turns, 'user', answerCalls(said.calls, results, names, hasStatus))
    } else if (message.role === 'tool' || message.role === 'function') {
      addTurn(turns, 'user', toOrphan(message, names))
    } else {
      const blocks = toBlocks(message.content, place, names)
      addTurn(turns, 'user', blocks.length > 0 ? [...blocks, ...cachePoint(message)] : [{ text: noContent }])
    }
  }
  if (turns[0]?.role !== 'user') turns.unshift({ role: 'user', content: [{ text: noContent }] })
  return { system: startsWithText(system), messages: trimPrefill(turns.map(withTextBesideDocuments)) }
}

/** The names of tools that are called in messages of Converse. */
export function namesCalled(messages: readonly Turn[]): ReadonlySet<string> {
  const names = messages.flatMap(({ content }) =>
    content.flatMap(block =>
      isObject(block.toolUse) && typeof block.toolUse.name === 'string' ? [block.toolUse.name] : [],
    ),
  )
  return new Set(names)
}

/** A call by the caller's id and by the one that is sent. */
type SentCall = Readonly<{ id: string; sentId: string }>

function toAssistant(
  message: ChatMessage,
  place: string,
  usedIds: Set<string>,
): Readonly<{ content: readonly JsonObject[]; calls: readonly SentCall[] }> {
  const calls = (message.tool_calls ?? []).filter(isFunctionCall)
  const native = message.native?.wire === 'bedrock' ? message.native.value.content : undefined
  if (Array.isArray(native)) {
    const content = native.filter(isObject).filter(block => !('text' in block) || textBlocks(block.text).length > 0)
    const ids = content.flatMap(({ toolUse }) => (isObject(toolUse) ? [String(toolUse.toolUseId)] : []))
    // Otherwise somebody has edited the message since, and its fields are the truth.
    if (ids.length === calls.length && ids.every(id => !usedIds.has(id))) {
      for (const id of ids) usedIds.add(id)
      return { content, calls: calls.map(({ id }, at) => ({ id, sentId: ids[at] as string })) }
    }
  }
  const sent = calls.map(call => ({ id: call.id, sentId: takeId(call.id, usedIds) }))
  return {
    content: [
      ...toReasoning(message.thinking_blocks),
      ...toBlocks(message.content, place, new Set()),
      ...cachePoint(message),
      ...calls.flatMap((call, at) => [toToolUse(call, sent[at]?.sentId ?? call.id), ...cachePoint(call)]),
    ],
    calls: sent,
  }
}

function takeId(id: string, usedIds: Set<string>): string {
  let sentId = id
  for (let count = 2; usedIds.has(sentId); count += 1) sentId = `${id.slice(0, 60)}_${count}`
  usedIds.add(sentId)
  return sentId
}

function toToolUse({ function: { name, arguments: text } }: FunctionCall, toolUseId: string): JsonObject {
  return { toolUse: { toolUseId, name, input: toCallInput(text) } }
}

/** Thinking without a signature cannot be replayed. */
function toReasoning(blocks: unknown): JsonObject[] {
  if (!Array.isArray(blocks)) return []
  return blocks.filter(isObject).flatMap(({ type, thinking: text, signature, data }): JsonObject[] => {
    if (type === 'redacted_thinking') {
      return typeof data === 'string' && data !== '' ? [{ reasoningContent: { redactedContent: data } }] : []
    }
    if (typeof text !== 'string' || typeof signature !== 'string' || signature === '') return []
    return [{ reasoningContent: { reasoningText: { text, signature } } }]
  })
}

function answerCalls(
  calls: readonly SentCall[],
  results: readonly ChatMessage[],
  names: DocumentNames,
  hasStatus: boolean,
): JsonObject[] {
  const left = [...results]
  const answers = calls.flatMap(({ id, sentId }) => {
    const at = left.findIndex(result => result.tool_call_id === id)
    const [result] = at < 0 ? [] : left.splice(at, 1)
    const isError = result === undefined || result.is_error === true
    const given = result === undefined ? 'The call was not answered.' : result.content
    const blocks = toResultBlocks(given, names)
    const content = isError && !hasStatus ? [{ text: 'The tool failed.' }, ...blocks] : blocks
    const status = hasStatus ? { status: isError ? 'error' : 'success' } : {}
    return [{ toolResult: { toolUseId: sentId, content, ...status } }, ...pointsOf(result)]
  })
  return [...answers, ...left.flatMap(result => toOrphan(result, names))]
}

/** A result has no room for a cache point, so one that a part asks for stands behind it. */
function pointsOf(result: ChatMessage | undefined): JsonObject[] {
  const parts = Array.isArray(result?.content) ? result.content.filter(isObject) : []
  return [...parts, ...(result === undefined ? [] : [result])].flatMap(cachePoint).slice(-1)
}

function toOrphan(message: ChatMessage, names: DocumentNames): JsonObject[] {
  const blocks = toResultBlocks(message.content, names).filter(block => !('json' in block))
  return [{ text: 'The result of an earlier call:' }, ...(blocks.length > 0 ? blocks : [{ text: noContent }])]
}

/** Neighbours of one role become one turn. */
function addTurn(turns: Turn[], role: Turn['role'], content: readonly JsonObject[]): void {
  if (content.length === 0) return
  const last = turns.at(-1)
  if (last?.role === role) turns[turns.length - 1] = { role, content: [...last.content, ...content] }
  else turns.push({ role, content })
}

/** A cache point needs something in front of it. */
function startsWithText(blocks: readonly JsonObject[]): readonly JsonObject[] {
  const first = blocks.findIndex(block => !('cachePoint' in block))
  return first < 0 ? [] : blocks.slice(first)
}

/** A turn with a document needs a text as well (Converse API reference, ContentBlock). */
function withTextBesideDocuments(turn: Turn): Turn {
  const isMissing = turn.content.some(block => 'document' in block) && !turn.content.some(block => 'text' in block)
  return isMissing ? { ...turn, content: [...turn.content, { text: '(see the document)' }] } : turn
}

/** The beginning of an answer that the caller gives must not end in white space. */
function trimPrefill(turns: readonly Turn[]): readonly Turn[] {
  const last = turns.at(-1)
  const block = last?.content.at(-1)
  if (last?.role !== 'assistant' || typeof block?.text !== 'string') return turns
  const content = [...last.content.slice(0, -1), { ...block, text: block.text.trimEnd() }]
  return [...turns.slice(0, -1), { ...last, content }]
}
