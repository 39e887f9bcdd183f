import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ToolCall } from '../../core/model.ts'
import { isFunctionCall } from '../../core/model.ts'

/** Puts streamed tool calls together. */
export type ToolCallParts = Readonly<{
  add(parts: readonly unknown[]): void
  /** The calls in the order in which they began. Meaningful once the turn is complete. */
  calls(): readonly ToolCall[]
}>

/** One call on its way. `text` is the arguments of a function, or the input of a custom tool. */
type Draft = { index?: number; id: string; name: string; text: string; custom: boolean; fields: Map<string, unknown> }

/**
 * Collects the pieces of `delta.tool_calls`, also where the endpoint is careless: without `index`, with index 0 on
 * every call, without `id`, with the name repeated in every piece, or with arguments that are an object.
 */
export function collectToolCalls(): ToolCallParts {
  const drafts: Draft[] = []
  return {
    add(parts) {
      for (const part of parts) {
        if (!isObject(part)) continue
        const piece = readPiece(part)
        const known = findDraft(drafts, piece)
        if (known === undefined) drafts.push(piece)
        else extend(known, piece)
      }
    },
    calls: () => withDistinctIds(drafts.filter(saysSomething).map(finishCall)),
  }
}

/** Reads the calls of an answer that came whole. */
export function readToolCalls(calls: unknown): readonly ToolCall[] {
  if (!Array.isArray(calls)) return []
  return withDistinctIds(calls.filter(isObject).map(readPiece).filter(saysSomething).map(finishCall))
}

/** Some endpoints send calls of nothing. */
function saysSomething({ name, text }: Draft): boolean {
  return name !== '' || text !== ''
}

/** Tells whether the arguments are whole JSON, or absent. */
export function isWhole(call: ToolCall): boolean {
  const named = call.function
  const text = isObject(named) ? named.arguments : ''
  return typeof text !== 'string' || text.trim() === '' || isJson(text)
}

/**
 * Gives calls without arguments an empty object, which is what clients parse.
 *
 * @param reason - of the choice: in an answer that was cut, the last arguments may be missing
 */
export function fillArguments(calls: readonly ToolCall[], reason: string | undefined): readonly ToolCall[] {
  if (reason === 'length' || reason === 'content_filter') return calls
  return calls.map(call => {
    if (!isFunctionCall(call) || call.function.arguments.trim() !== '') return call
    return { ...call, function: { ...call.function, arguments: '{}' } }
  })
}

function readPiece(part: JsonObject): Draft {
  const { index, id, type, function: named, custom, ...others } = part
  const isCustom = type === 'custom' || isObject(custom)
  const body = isCustom ? custom : named
  const text = isObject(body) ? body[isCustom ? 'input' : 'arguments'] : undefined
  return {
    ...(typeof index === 'number' && { index }),
    id: typeof id === 'string' ? id : '',
    name: isObject(body) && typeof body.name === 'string' ? body.name : '',
    text: typeof text === 'string' ? text : text === undefined || text === null ? '' : JSON.stringify(text),
    custom: isCustom,
    fields: new Map(Object.entries(others)),
  }
}

/** The call that a piece belongs to; undefined when it begins another. */
function findDraft(drafts: readonly Draft[], piece: Draft): Draft | undefined {
  const isSameIndex = (draft: Draft): boolean =>
    piece.index === undefined || draft.index === undefined || draft.index === piece.index
  const sameId = piece.id === '' ? undefined : drafts.findLast(draft => draft.id === piece.id && isSameIndex(draft))
  const candidate = sameId ?? drafts.findLast(draft => piece.index === undefined || draft.index === piece.index)
  if (candidate === undefined || piece.name === '') return candidate
  if (sameId === undefined && piece.id !== '' && candidate.id !== '') return undefined
  if (candidate.name === '') return candidate
  // Every piece may repeat the name; once the arguments are whole, or under another name, it is another call.
  return candidate.name === piece.name && (piece.text === '' || !isJson(candidate.text)) ? candidate : undefined
}

function extend(draft: Draft, piece: Draft): void {
  if (draft.id === '') draft.id = piece.id
  if (draft.name === '') draft.name = piece.name
  if (piece.index !== undefined) draft.index = piece.index
  draft.text += piece.text
  draft.custom ||= piece.custom
  for (const [field, value] of piece.fields) draft.fields.set(field, value)
}

/** An id that two calls share would leave one of them without an answer, so the second gets one of ours. */
function withDistinctIds(calls: readonly ToolCall[]): readonly ToolCall[] {
  const seen = new Set<string>()
  return calls.map(call => {
    const id = seen.has(call.id) ? newId() : call.id
    seen.add(id)
    return id === call.id ? call : { ...call, id }
  })
}

function newId(): string {
  return `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`
}

function finishCall(draft: Draft): ToolCall {
  const id = draft.id || newId()
  const others = Object.fromEntries(draft.fields)
  return draft.custom
    ? { ...others, id, type: 'custom', custom: { name: draft.name, input: draft.text } }
    : { ...others, id, type: 'function', function: { name: draft.name, arguments: draft.text } }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
