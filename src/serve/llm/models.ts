import type { ModelConfig } from '../../core/model.ts'
import type { Door } from '../exchange.ts'
import { sendJson } from '../exchange.ts'

/** `GET /v1/models`: the configured models, in OpenAI's list shape. */
export function createModelsDoor(models: () => readonly ModelConfig[]): Door {
  // The shape wants a date; when a model was made is not ours to know.
  const created = Math.floor(Date.now() / 1000)
  return async ({ response }) => {
    const byName = new Map(models().map(({ name, provider }) => [name, provider]))
    const data = [...byName].map(([id, provider]) => ({ id, object: 'model', created, owned_by: provider }))
    sendJson(response, 200, { object: 'list', data })
  }
}
