import { describe, expect, it } from 'vitest'
import type { ModelConfig } from '../../../src/core/model.ts'
import { loadModel } from '../../../src/providers/ai-sdk/load-model.ts'
import { createProvider } from '../../../src/providers/create-provider.ts'

const config: ModelConfig = {
  name: 'command',
  provider: 'ai-sdk',
  model: 'command-a',
  package: '@ai-sdk/x',
  headers: {},
}
const model = { specificationVersion: 'v4', doGenerate: () => {}, doStream: () => {} }
const createX = (): object => ({ languageModel: () => model })

/** A model of a package that exports this. */
function load(exports: object, more: Partial<ModelConfig> = {}): Promise<unknown> {
  return loadModel({ ...config, ...more }, async () => exports)
}

describe('a package of the AI SDK', () => {
  it('is given key, address, headers and settings, and asked for the model', async () => {
    const given: unknown[] = []
    const createCohere = (settings: object): object => {
      given.push(settings)
      return {
        languageModel(id: string) {
          given.push(id)
          return model
        },
      }
    }
    const more = { apiKey: 'k', baseUrl: 'http://a/v1', headers: { 'x-a': '1' }, settings: { region: 'eu' } }
    expect(await load({ createCohere, VERSION: '1', cohere: () => {} }, more)).toBe(model)
    expect(given).toEqual([{ region: 'eu', apiKey: 'k', baseURL: 'http://a/v1', headers: { 'x-a': '1' } }, 'command-a'])
  })

  it.each<[string, object, Partial<ModelConfig>]>([
    ['a provider that is a function', { createX: () => () => model }, {}],
    ['one maker under two names', { createX, createOldX: createX }, {}],
    ['the maker that is chosen', { createX: () => undefined, createY: createX }, { factory: 'createY' }],
    ['a model of version 2', { createX: () => () => ({ ...model, specificationVersion: 'v2' }) }, {}],
  ])('may have %s', async (_, exports, more) => {
    expect(await load(exports, more)).toMatchObject({ doGenerate: model.doGenerate })
  })

  it.each<[string, object, Partial<ModelConfig>, RegExp]>([
    ['no maker', { x: 1 }, {}, /exports no function.*"factory"/],
    ['two makers', { createX, createY: () => ({}) }, {}, /exports createX and createY.*"factory"/],
    ['no such maker', { createX }, { factory: 'createZ' }, /exports no function "createZ"/],
    [
      'a maker that throws',
      { createX: () => Promise.reject(new Error('my-secret')) },
      {},
      /makes no model of these settings/,
    ],
    ['no language model', { createX: () => ({ languageModel: () => ({}) }) }, {}, /gives no language model/],
  ])('with %s is told with what to do', async (_, exports, more, message) => {
    const thrown = await load(exports, more).catch((thrown: unknown) => thrown)
    expect(thrown).toMatchObject({
      code: 'PROVIDER_ERROR',
      data: { status: 404 },
      message: expect.stringMatching(message),
    })
    expect(JSON.stringify([(thrown as Error).message, (thrown as { data: unknown }).data])).not.toContain('my-secret')
  })

  it('that is not installed is told with what to run', async () => {
    const provider = createProvider({ ...config, package: '@ai-sdk/not-installed-here' })
    const request = { model: 'x', messages: [], tools: [], stream: false, rest: {} }
    const turn = provider
      .turn(request, { signal: AbortSignal.timeout(5_000) })
      [Symbol.asyncIterator]()
      .next()
    await expect(turn).rejects.toThrow(
      'Model "command" cannot be used: the package "@ai-sdk/not-installed-here" is not installed. Run: npm install @ai-sdk/not-installed-here',
    )
  })
})
