import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { FunctionCall } from '../../core/model.ts'
import { isCall, toCall } from './anthropic-answer.ts'
import type { Block } from './anthropic-content.ts'

/** A streamed message on its way. */
export type MessageDraft = Readonly<{
  /** Begins a block. @returns what its start says already, as the delta of a chat message */
  start(index: number, block: Block): JsonObject
  /** Adds a piece. @returns the delta of a chat message; undefined for a piece of a block that has not begun */
  add(index: number, delta: JsonObject): JsonObject | undefined
  stop(index: number): void
  /** True once text was told that a new beginning would tell again. */
  hasText(): boolean
  hasBlocks(): boolean
  /** Every block as it would stand in a whole message; `isWhole` is false where an input is not an object of JSON. */
  end(): Readonly<{ blocks: readonly Block[]; calls: readonly FunctionCall[]; isWhole: boolean }>
}>

type BlockDraft = { index: number; fields: Map<string, unknown>; json: string; isOpen: boolean }

/**
 * Puts the blocks of a streamed message together. They may overlap, and may carry fields and deltas that we do not know.
 * A block that begins where another is still open takes its place; where the other had ended, it is one more.
 */
export function draftMessage(): MessageDraft {
  const drafts: BlockDraft[] = []
  const find = (index: number): BlockDraft | undefined => drafts.findLast(draft => draft.index === index)
  const begin = (index: number, block: Block): BlockDraft => {
    const draft = { index, fields: new Map(Object.entries(block)), json: '', isOpen: true }
    const known = drafts.findLastIndex(draft => draft.index === index && draft.isOpen)
    if (known < 0) drafts.push(draft)
    else drafts.splice(known, drafts.length, draft)
    return draft
  }
  return {
    start: (index, block) => toldBy(begin(index, block).fields.get('type'), block),
    add(index, delta) {
      const known = find(index)
      const type = typesOfDeltas.get(String(delta.type))
      const draft = known ?? (type === undefined ? undefined : begin(index, { type, [type]: '' }))
      if (draft === undefined) return undefined
      extend(draft, delta)
      return toldBy(draft.fields.get('type'), delta)
    },
    stop(index) {
      const draft = find(index)
      if (draft !== undefined) draft.isOpen = false
    },
    hasText: () => drafts.some(({ fields }) => fields.get('type') === 'text' && fields.get('text') !== ''),
    hasBlocks: () => drafts.length > 0,
    end() {
      const inOrder = drafts.toSorted((a, b) => a.index - b.index)
      const ended = inOrder.map(endBlock)
      return {
        blocks: ended.map(({ block }) => block),
        calls: ended.filter(({ block }) => isCall(block)).map(({ block, json }) => toCall(block, json)),
        isWhole: ended.every(({ isWhole }) => isWhole),
      }
    },
  }
}

/** Careless endpoints leave out the start of a block; these kinds can do without. */
const typesOfDeltas: ReadonlyMap<string, string> = new Map([
  ['text_delta', 'text'],
  ['thinking_delta', 'thinking'],
])

function extend(draft: BlockDraft, { type, ...delta }: JsonObject): void {
  const { fields } = draft
  if (type === 'input_json_delta') draft.json += String(delta.partial_json ?? '')
  else if (type === 'citations_delta') fields.set('citations', [...listOf(fields.get('citations')), delta.citation])
  else {
    for (const [name, value] of Object.entries(delta)) {
      const known = fields.get(name)
      const isPiece = pieces.has(name) && typeof known === 'string' && typeof value === 'string'
      fields.set(name, isPiece ? known + value : value)
    }
  }
}

/** Fields that come piece by piece; a signature or a summary comes whole. */
const pieces = new Set(['text', 'thinking'])

function toldBy(type: unknown, { text, thinking }: JsonObject): JsonObject {
  if (type === 'text') return typeof text === 'string' && text !== '' ? { content: text } : {}
  if (type === 'thinking') return typeof thinking === 'string' && thinking !== '' ? { reasoning_content: thinking } : {}
  return {}
}

/** An input that was not streamed stands in the block's start. */
function endBlock({ fields, json }: BlockDraft): { block: Block; json: string; isWhole: boolean } {
  const block = Object.fromEntries(fields)
  if (json.trim() === '') return { block, json, isWhole: true }
  try {
    const input: unknown = JSON.parse(json)
    return { block: { ...block, input }, json, isWhole: isObject(input) }
  } catch {
    return { block, json, isWhole: false }
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
