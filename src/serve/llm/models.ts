import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from '../../core/json.ts'
import type { ModelConfig } from '../../core/model.ts'
import { findModel } from '../../llm/find-model.ts'
import type { Door, Exchange } from '../exchange.ts'
import { sendJson } from '../exchange.ts'
import { invalid } from './read-body.ts'

/** A model as either of its shapes needs it. */
type Listed = Readonly<{ name: string; provider: string }>

/**
 * `GET /v1/models` and `GET /v1/models/{id}`: the configured models, to Anthropic's clients in the shape of Anthropic's
 * API, to all others in OpenAI's. A pattern is listed under its own name; a name that it fits is found.
 *
 * @throws GatewayError `MODEL_NOT_FOUND`, and `REQUEST_INVALID` for a page that there is not
 */
export function createModelsDoor(models: () => readonly ModelConfig[]): Door {
  // The shape wants a date; when a model was made is not ours to know.
  const created = Math.floor(Date.now() / 1000)
  return async exchange => {
    const { response, request, path } = exchange
    const shape = isAnthropic(request.headers) ? anthropicShape() : openAiShape(created)
    const id = /\/models\/(.+)$/.exec(path)?.[1]
    if (id !== undefined) return sendJson(response, 200, shape.one(findOne(id, models())))
    const byName = new Map(models().map(({ name, provider }) => [name, { name, provider }]))
    sendJson(response, 200, shape.list([...byName.values()], exchange))
  }
}

/** Tells Anthropic's clients, who always say which version of the API they speak. */
export function isAnthropic(headers: IncomingHttpHeaders): boolean {
  return headers['anthropic-version'] !== undefined
}

function findOne(name: string, models: readonly ModelConfig[]): Listed {
  const [deployment] = findModel(name, models).deployments
  return { name, provider: deployment?.provider ?? '' }
}

type Shape = Readonly<{
  one: (model: Listed) => JsonObject
  list: (models: readonly Listed[], exchange: Exchange) => JsonObject
}>

function openAiShape(created: number): Shape {
  const one = ({ name, provider }: Listed) => ({ id: name, object: 'model', created, owned_by: provider })
  return { one, list: models => ({ object: 'list', data: models.map(one) }) }
}

/** What Anthropic tells of its models besides, in its own words for what is not known: the epoch, and null. */
const unknown = {
  created_at: '1970-01-01T00:00:00Z',
  capabilities: null,
  line: null,
  max_input_tokens: null,
  max_tokens: null,
  deprecated_at: null,
  retires_at: null,
}

function anthropicShape(): Shape {
  const one = ({ name }: Listed) => ({
    type: 'model',
    id: name,
    display_name: name,
    lifecycle: 'active',
    ...unknown,
  })
  return {
    one,
    list(models, { query }) {
      const { page, hasMore } = pageOf(models, query)
      const [first, last] = [page.at(0)?.name ?? null, page.at(-1)?.name ?? null]
      return { data: page.map(one), has_more: hasMore, first_id: first, last_id: last }
    },
  }
}

/** Anthropic's pages: 20 models unless the caller says `limit`, after or before one that it names (API reference, List Models). */
function pageOf(models: readonly Listed[], query: URLSearchParams): { page: readonly Listed[]; hasMore: boolean } {
  const text = query.get('limit') ?? '20'
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > 1_000) throw invalid('limit', 'must be a whole number from 1 to 1000')
  const before = placeOf('before_id', models, query)
  if (before !== undefined) {
    const start = Math.max(0, before - limit)
    return { page: models.slice(start, before), hasMore: start > 0 }
  }
  const start = (placeOf('after_id', models, query) ?? -1) + 1
  return { page: models.slice(start, start + limit), hasMore: start + limit < models.length }
}

function placeOf(key: 'before_id' | 'after_id', models: readonly Listed[], query: URLSearchParams): number | undefined {
  const id = query.get(key)
  if (id === null) return undefined
  const place = models.findIndex(({ name }) => name === id)
  if (place < 0) throw invalid(key, 'must be the id of a model on another page of this list')
  return place
}
