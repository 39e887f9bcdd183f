import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { TurnRequest } from '../../../src/core/model.ts'
import { geminiCodec } from '../../../src/providers/gemini/gemini.ts'
import { describeBoundary } from '../../contract/boundary.ts'
import { everything, request, tool } from './requests.ts'

describeBoundary('Gemini', geminiCodec)

function write(parts: Partial<TurnRequest>): JsonObject {
  return geminiCodec.write(request(parts)).body
}

const config = (rest: JsonObject, model = 'gemini-2.5-flash'): unknown => write({ rest, model }).generationConfig

describe('the address of a turn', () => {
  it.each<[string, boolean, string]>([
    ['gemini-2.5-flash', false, '/models/gemini-2.5-flash:generateContent'],
    ['gemini-2.5-flash', true, '/models/gemini-2.5-flash:streamGenerateContent?alt=sse'],
    ['models/gemini-2.5-flash', false, '/models/gemini-2.5-flash:generateContent'],
    ['tunedModels/my model', false, '/tunedModels/my%20model:generateContent'],
  ])('of %s, streamed %s, is %s', (model, stream, path) => {
    expect(geminiCodec.write(request({ model, stream })).path).toBe(path)
  })

  it('never leaves the base URL', () => {
    expect(() => geminiCodec.write(request({ model: '../../secrets' }))).toThrow(/is no name of a Gemini model/)
  })
})

describe('parameters for Gemini', () => {
  it('are called as Google calls them, and those it has nothing for are left out', () => {
    expect(write(everything.parameters as TurnRequest)).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      generationConfig: {
        temperature: 0.5,
        topP: 0.9,
        topK: 40,
        maxOutputTokens: 100,
        seed: 7,
        candidateCount: 2,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        logprobs: 3,
        responseLogprobs: true,
        stopSequences: ['a', 'b'],
        responseModalities: ['TEXT', 'IMAGE'],
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object', properties: { a: { enum: [1] } } },
        thinkingConfig: { thinkingBudget: 24_576, includeThoughts: true },
      },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      labels: { team: 'a' },
      cachedContent: 'cachedContents/1',
    })
  })

  it.each<[string, JsonObject, unknown]>([
    ['nothing is nothing', {}, undefined],
    ['null is nothing', { temperature: null, stop: null, max_tokens: null }, undefined],
    ['the newer bound on tokens wins', { max_tokens: 1, max_completion_tokens: 2 }, { maxOutputTokens: 2 }],
    ['one stop is a list', { stop: 'x' }, { stopSequences: ['x'] }],
    ['any JSON', { response_format: { type: 'json_object' } }, { responseMimeType: 'application/json' }],
    ['plain text', { response_format: { type: 'text' } }, undefined],
    [
      "Google's own fields win",
      { top_k: 1, generationConfig: { topK: 2 }, extra_body: { google: { thinking_config: { thinking_budget: 5 } } } },
      { topK: 2, thinkingConfig: { thinkingBudget: 5 } },
    ],
    ["OpenAI's service_tier and store are not Google's", { service_tier: 'auto', store: true }, undefined],
  ])('%s', (_, rest, written) => {
    expect(config(rest)).toEqual(written)
    if (rest.store) expect(Object.keys(write({ rest }))).toEqual(['contents'])
  })

  it.each<[string, string, unknown]>([
    ['gemini-3-pro-preview', 'none', { thinkingLevel: 'LOW' }],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3.1-pro-preview', 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    ['gemini-3-flash', 'minimal', { thinkingLevel: 'MINIMAL' }],
    ['gemini-flash-latest', 'low', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['gemini-2.5-pro', 'low', { thinkingBudget: 1_024, includeThoughts: true }],
    ['gemini-2.0-flash', 'high', undefined],
    ['tuned', 'high', undefined],
  ])('%s thinks with effort %s as it can', (model, effort, thinkingConfig) => {
    expect((config({ reasoning_effort: effort }, model) as JsonObject | undefined)?.thinkingConfig).toEqual(
      thinkingConfig,
    )
  })

  it('of a caller who speaks this wire replace all others, but not what is said', () => {
    expect(write(everything.fields as TurnRequest)).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      generationConfig: { topK: 5 },
      safetySettings: [],
    })
  })

  it('give a wanted schema only the keywords that Google documents', () => {
    const schema = {
      $schema: 'x',
      type: 'object',
      properties: {
        a: { oneOf: [{ const: 'x' }, { $ref: '#/definitions/b', description: 'gone' }] },
        c: { type: 'string', pattern: 'x' },
      },
      additionalProperties: false,
      definitions: { b: { type: 'array', items: { type: 'integer', exclusiveMinimum: 1 }, minItems: 1 } },
    }
    const format = { type: 'json_schema', json_schema: { name: 'x', schema } }
    expect((config({ response_format: format }) as JsonObject).responseJsonSchema).toEqual({
      type: 'object',
      properties: { a: { anyOf: [{ enum: ['x'] }, { $ref: '#/$defs/b' }] }, c: { type: 'string' } },
      additionalProperties: false,
      $defs: { b: { type: 'array', items: { type: 'integer' }, minItems: 1 } },
    })
  })
})

describe('tools for Gemini', () => {
  const choose = (toolChoice: unknown): unknown => {
    const body = write({ tools: [tool('a'), tool('b')], toolChoice })
    const [{ functionDeclarations = [] } = {}] = body.tools as { functionDeclarations?: { name: string }[] }[]
    return [
      functionDeclarations.map(({ name }) => name).join(),
      (body.toolConfig as JsonObject | undefined)?.functionCallingConfig,
    ]
  }
  const named = (name: string): object => ({ type: 'function', function: { name } })
  const allowed = (mode: string, ...names: string[]): object => ({
    type: 'allowed_tools',
    allowed_tools: { mode, tools: names.map(named) },
  })

  it.each<[string, unknown, unknown]>([
    ['none given', undefined, ['a,b', undefined]],
    ['none (Portkey#1477)', 'none', ['a,b', { mode: 'NONE' }]],
    ['auto', 'auto', ['a,b', { mode: 'AUTO' }]],
    ['required', 'required', ['a,b', { mode: 'ANY' }]],
    ['one by name', named('b'), ['a,b', { mode: 'ANY', allowedFunctionNames: ['b'] }]],
    ['one that is not there', named('c'), ['a,b', { mode: 'ANY' }]],
    ['one of some', allowed('required', 'a', 'c'), ['a,b', { mode: 'ANY', allowedFunctionNames: ['a'] }]],
    ['some, or none of them', allowed('auto', 'a'), ['a', { mode: 'AUTO' }]],
  ])('the choice %s', (_, choice, written) => {
    expect(choose(choice)).toEqual(written)
  })

  it("go into one list of functions, Google's own beside it", () => {
    const hosted = [
      { type: 'google_search' },
      { type: 'urlContext' },
      { type: 'file_search', file_search: { fileSearchStoreNames: ['x'] } },
    ]
    expect(write({ tools: [tool('a', {}), ...hosted], rest: { toolConfig: { retrievalConfig: {} } } }).tools).toEqual([
      { functionDeclarations: [{ name: 'a', description: 'A tool.', parameters: { type: 'OBJECT', properties: {} } }] },
      { googleSearch: {} },
      { urlContext: {} },
      { fileSearch: { fileSearchStoreNames: ['x'] } },
    ])
  })

  it("keep Google's own settings of tools beside the choice", () => {
    const rest = { toolConfig: { retrievalConfig: { languageCode: 'en' } } }
    expect(write({ tools: [tool('a')], toolChoice: 'auto', rest }).toolConfig).toEqual({
      functionCallingConfig: { mode: 'AUTO' },
      retrievalConfig: { languageCode: 'en' },
    })
  })

  it('without functions there is no choice among them', () => {
    expect(write({ tools: [{ type: 'googleSearch' }], toolChoice: 'required' }).toolConfig).toBeUndefined()
  })

  it('an empty description is left out, and no parameters are an empty object', () => {
    const bare = { type: 'function', function: { name: 'a', description: '' } }
    expect(write({ tools: [bare] }).tools).toEqual([
      { functionDeclarations: [{ name: 'a', parameters: { type: 'OBJECT', properties: {} } }] },
    ])
  })

  it('of a type that Gemini does not have are refused by their place', () => {
    expect(() => write({ tools: [tool('a'), { type: 'web_browser' }] })).toThrow(
      /tools\[1\] has the type "web_browser"/,
    )
  })
})
