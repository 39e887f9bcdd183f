import { GatewayError } from '../../../core/errors.ts'
import type { ChatMessage } from '../../../core/model.ts'
import { invalid } from '../read-body.ts'
import type { InputItem } from './input-items.ts'
import { readItemId } from './item-ids.ts'
import type { KeptResponse, KeptResponses } from './kept-responses.ts'
import type { Replays } from './replay.ts'
import type { ResponsesRequest } from './request.ts'

/** All that a request is asked in: the items of the answers before it, and its own. */
export type Context = Readonly<{
  before: readonly InputItem[]
  /** Its own, references put in place. */
  input: readonly InputItem[]
  /** Turns exactly as they were said, by the item that stands for each. */
  replays: ReadonlyMap<string, ChatMessage>
  /** Labels whose tools are listed in it. */
  listed: ReadonlySet<string>
}>

/**
 * Loads what a request refers to: the answer before it, and single items of kept answers.
 *
 * @throws GatewayError `REQUEST_INVALID` for what is not kept, or not for this caller
 */
export async function loadContext(
  { previousId, input }: Pick<ResponsesRequest, 'previousId' | 'input'>,
  kept: KeptResponses,
  callerId: string,
  opened: Replays['open'],
): Promise<Context> {
  const previous = previousId === undefined ? undefined : await kept.find(previousId, callerId)
  if (previousId !== undefined && previous === undefined) throw noPrevious(previousId)
  const before = previous === undefined ? [] : itemsOf(previous)
  const replays = new Map(Object.entries(previous?.replays ?? {}))
  const known = new Set(before.map(({ id }) => id))
  const refer = referTo(kept, callerId)
  const items: InputItem[] = []
  for (const [index, item] of input.entries()) {
    if (item.type !== 'item_reference') {
      const replay = item.type === 'reasoning' && item.id ? opened(item.encrypted_content) : undefined
      if (replay !== undefined) replays.set(String(item.id), replay)
      items.push(item)
      continue
    }
    // What the conversation has already is not said twice.
    if (known.has(item.id)) continue
    const referred = await refer(item.id)
    if (referred === undefined)
      throw invalid(`input[${index}].id`, `no item "${item.id.slice(0, 120)}" is kept: send it itself`)
    known.add(item.id)
    items.push(referred.item)
    if (referred.replay !== undefined) replays.set(item.id, referred.replay)
  }
  const lists = [...before, ...items].flatMap(item =>
    item.type === 'mcp_list_tools' && !item.error ? [item.server_label] : [],
  )
  return { before, input: items, replays, listed: new Set(lists) }
}

type Referred = Readonly<{ item: InputItem; replay?: ChatMessage }>

/** Finds items of kept answers, each answer read once, of which no more is held than its own items. */
function referTo(kept: KeptResponses, callerId: string): (itemId: string) => Promise<Referred | undefined> {
  const read = new Map<string, ReadonlyMap<string, Referred>>()
  return async itemId => {
    const { responseId } = readItemId(itemId) ?? {}
    if (responseId === undefined) return undefined
    const known = read.get(responseId) ?? ownItems(await kept.find(responseId, callerId))
    read.set(responseId, known)
    return known.get(itemId)
  }
}

function ownItems(kept: KeptResponse | undefined): ReadonlyMap<string, Referred> {
  const replays = new Map(Object.entries(kept?.replays ?? {}))
  const items = kept === undefined ? [] : [...kept.input, ...kept.response.output]
  return new Map(
    items.map(item => {
      const replay = replays.get(item.id ?? '')
      return [item.id ?? '', { item, ...(replay && { replay }) }]
    }),
  )
}

/** The conversation up to and with an answer. */
function itemsOf({ before, input, response }: KeptResponse): readonly InputItem[] {
  return [...before, ...input, ...response.output]
}

function noPrevious(id: string): GatewayError {
  const remedy = 'It was not stored, is too old, or was deleted: send the items of the conversation.'
  return new GatewayError('REQUEST_INVALID', `Previous response with id "${id.slice(0, 80)}" not found. ${remedy}`, {
    data: { param: 'previous_response_id', code: 'previous_response_not_found' },
  })
}
