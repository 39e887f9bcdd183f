import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { servePatchbay } from '../../flows/patchbay.ts'
import { hasFixtures, openAiSchema } from '../../providers/recorded-fixtures.ts'

const names = ['one', 'openai/*', 'three', 'four', 'five']

async function serve(): Promise<Readonly<{ openai: OpenAI; anthropic: Anthropic; url: string }>> {
  const models = Object.fromEntries(names.map(name => [name, { provider: 'demo' }]))
  const { url } = await servePatchbay({}, { models: { ...models, five: { deployments: twice } } })
  return {
    url,
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 }),
  }
}
const twice = [{ provider: 'demo' }, { provider: 'demo', weight: 2 }]

describe('the models, to OpenAI clients,', () => {
  it('are listed once each', async () => {
    const { openai } = await serve()
    const listed: OpenAI.Model[] = []
    for await (const model of openai.models.list()) listed.push(model)
    expect(listed.map(({ id }) => id)).toEqual(names)
    const page = await openai.models.list()
    if (hasFixtures) expect(openAiSchema('ListModelsResponse')({ object: page.object, data: page.data })).toBe(true)
  })

  it.each(['one', 'openai/gpt-5-mini', 'openai/*'])('are found by a name: %s', async id => {
    const { openai, url } = await serve()
    const model = await openai.models.retrieve(id)
    expect(model).toEqual({ id, object: 'model', created: expect.any(Number), owned_by: 'demo' })
    if (hasFixtures) expect(openAiSchema('Model')(model)).toBe(true)
    expect((await fetch(`${url}/models/${id}`)).status).toBe(200)
  })

  it('that are not there are told so', async () => {
    const { openai } = await serve()
    const thrown = await openai.models.retrieve('nobody').catch(cause => cause)
    expect(thrown).toBeInstanceOf(OpenAI.NotFoundError)
    expect(thrown.error).toEqual({
      message: expect.stringContaining('No model is named "nobody".'),
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    })
  })
})

describe("the models, to Anthropic's clients,", () => {
  it.each([1, 2, 5, 20, undefined])('are listed over pages of %s', async limit => {
    const { anthropic } = await serve()
    const listed: Anthropic.ModelInfo[] = []
    for await (const model of anthropic.models.list(limit === undefined ? {} : { limit })) listed.push(model)
    expect(listed.map(({ id, type, display_name: name }) => [id, type, name])).toEqual(
      names.map(name => [name, 'model', name]),
    )
    expect(Number.isNaN(Date.parse(listed[0]?.created_at ?? ''))).toBe(false)
  })

  it('come in pages that say what is around them', async () => {
    const { anthropic } = await serve()
    const page = await anthropic.models.list({ limit: 2, before_id: 'four' })
    expect(page.data.map(({ id }) => id)).toEqual(['openai/*', 'three'])
    expect(page).toMatchObject({ has_more: true, first_id: 'openai/*', last_id: 'three' })
    const last = await anthropic.models.list({ limit: 2, after_id: 'four' })
    expect(last).toMatchObject({ has_more: false, first_id: 'five', last_id: 'five' })
    const none = await anthropic.models.list({ after_id: 'five' })
    expect(none).toMatchObject({ data: [], has_more: false, first_id: null, last_id: null })
  })

  it('are found by a name', async () => {
    const { anthropic } = await serve()
    expect(await anthropic.models.retrieve('openai/gpt-5-mini')).toMatchObject({
      type: 'model',
      id: 'openai/gpt-5-mini',
    })
  })

  it.each<[string, (client: Anthropic) => PromiseLike<unknown>, string, RegExp]>([
    ['a model', client => client.models.retrieve('nobody'), 'not_found_error', /No model is named "nobody"/],
    ['a limit', client => client.models.list({ limit: 0 }), 'invalid_request_error', /"limit"/],
    ['a place', client => client.models.list({ after_id: 'nobody' }), 'invalid_request_error', /"after_id"/],
  ])('are refused in its shape: %s', async (_, ask, type, message) => {
    const { anthropic } = await serve()
    const thrown = await Promise.resolve(ask(anthropic)).catch((cause: unknown) => cause)
    expect(thrown).toBeInstanceOf(Anthropic.APIError)
    expect((thrown as { error: object }).error).toEqual({
      type: 'error',
      error: { type, message: expect.stringMatching(message) },
    })
  })
})
