import { GatewayError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import type { Door, Exchange } from '../../exchange.ts'
import { sendJson } from '../../exchange.ts'
import type { LlmParts } from '../answer.ts'
import { answerDoor } from '../answer.ts'
import { invalid } from '../read-body.ts'
import { contentSchema } from './content-parts.ts'
import type { InputItem } from './input-items.ts'
import type { KeptResponse, KeptResponses } from './kept-responses.ts'
import { tellResponses } from './responses.ts'

/** The doors to answers that are kept. */
export type KeptDoors = Readonly<{ get: Door; remove: Door; inputItems: Door }>

/** Makes the doors that read and delete what is kept. Another caller's answer is not found. */
export function createKeptDoors(kept: KeptResponses, log: LlmParts['log']): KeptDoors {
  const door = (what: string, answer: (exchange: Exchange, id: string) => Promise<JsonObject>): Door =>
    answerDoor(
      what,
      async exchange => {
        const [, id = ''] = /\/responses\/([^/]+)/.exec(exchange.path) ?? []
        sendJson(exchange.response, 200, await answer(exchange, id))
      },
      tellResponses,
      log,
    )
  const find = async (id: string, { caller }: Exchange): Promise<KeptResponse> => {
    const found = await kept.find(id, caller.id)
    if (found === undefined) throw notFound(id)
    return found
  }
  return {
    get: door('Reading a response', async (exchange, id) => {
      if (exchange.query.get('stream') === 'true') {
        throw invalid('stream', 'cannot be true here: an answer is streamed while it is made, and kept whole')
      }
      return (await find(id, exchange)).response
    }),
    remove: door('Deleting a response', async ({ caller }, id) => {
      if (!(await kept.remove(id, caller.id))) throw notFound(id)
      return { id, object: 'response', deleted: true }
    }),
    inputItems: door('Reading input items', async (exchange, id) => {
      const { input } = await find(id, exchange)
      return toPage(input.map(withParts), exchange.query)
    }),
  }
}

function notFound(id: string): GatewayError {
  return new GatewayError('ITEM_NOT_FOUND', `Response with id "${id.slice(0, 80)}" not found.`, {
    data: { code: 'response_not_found' },
  })
}

/** A page of the items of one request, the newest first unless asked for otherwise. */
function toPage(items: readonly InputItem[], query: URLSearchParams): JsonObject {
  const limit = Number(query.get('limit') ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw invalid('limit', 'must be a whole number from 1 to 100')
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw invalid('order', 'must be asc or desc')
  const inOrder = order === 'asc' ? items : items.toReversed()
  const after = query.get('after')
  const start = after === null ? 0 : inOrder.findIndex(({ id }) => id === after) + 1
  if (after !== null && start === 0) throw invalid('after', 'must be the id of an item of this list')
  const data = inOrder.slice(start, start + limit)
  const ends = { first_id: data[0]?.id ?? '', last_id: data.at(-1)?.id ?? '' }
  return { object: 'list', data, has_more: start + data.length < inOrder.length, ...ends }
}

/** A message that was given as a text is told in parts, as OpenAI tells it. */
function withParts(item: InputItem): InputItem {
  if (item.type !== 'message' || typeof item.content !== 'string') return item
  const { content: text, role } = item
  const part =
    role === 'assistant' ? { type: 'output_text', text, annotations: [], logprobs: [] } : { type: 'input_text', text }
  return { ...item, status: 'completed', content: contentSchema.parse([part]) } as InputItem
}
