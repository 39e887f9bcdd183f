import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { EmbedReply, FakeEmbedder } from '../fakes/embed-provider.ts'
import { refusesWith, startFakeEmbedder, vectorOf } from '../fakes/embed-provider.ts'
import { hasFixtures, openAiSchema } from '../providers/recorded-fixtures.ts'
import { servePatchbay } from './patchbay.ts'

const apiKey = 'sk-upstream-secret'

/** Patchbay in front of one fake that speaks every wire. */
async function serve(
  replies: readonly EmbedReply[] = [],
  { limits = {}, small = {} }: { limits?: object; small?: object } = {},
): Promise<Readonly<{ client: OpenAI; url: string; fake: FakeEmbedder }>> {
  const fake = await startFakeEmbedder(...replies)
  onTestFinished(fake.close)
  const google = `${fake.url}/v1/projects/p/locations/global/publishers/google`
  const models = {
    small: { provider: 'openai', model: 'text-embedding-3-small', apiKey, baseUrl: `${fake.url}/v1`, ...small },
    'any/*': { provider: 'generic', apiKey, baseUrl: `${fake.url}/v1` },
    other: { provider: 'generic', model: 'other-embed', apiKey, baseUrl: `${fake.url}/other` },
    azure: { provider: 'azure', model: 'embed-eu', apiKey, baseUrl: fake.url },
    gemini: { provider: 'gemini', model: 'gemini-embedding-001', apiKey, baseUrl: `${fake.url}/v1beta` },
    vertex: { provider: 'vertex', model: 'text-embedding-005', apiKey, baseUrl: google },
    'vertex-one': { provider: 'vertex', model: 'gemini-embedding-001', apiKey, baseUrl: google },
    'vertex-new': { provider: 'vertex', model: 'gemini-embedding-2', apiKey, baseUrl: google },
    titan: {
      provider: 'bedrock',
      model: 'amazon.titan-embed-text-v2:0',
      apiKey,
      region: 'eu-west-1',
      baseUrl: fake.url,
    },
    cohere: { provider: 'bedrock', model: 'eu.cohere.embed-v4:0', apiKey, region: 'eu-west-1', baseUrl: fake.url },
    nova: { provider: 'bedrock', model: 'amazon.nova-lite-v1:0', apiKey, region: 'eu-west-1', baseUrl: fake.url },
    claude: { provider: 'anthropic', model: 'claude-sonnet-4-5', apiKey },
    demo: { provider: 'demo' },
  }
  const { url } = await servePatchbay({}, { models, limits: { modelRetries: 0, ...limits } })
  return { client: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }), url, fake }
}

describe('embeddings of an OpenAI-compatible provider', () => {
  it.each<[string, object]>([
    ['a text', { input: 'hello' }],
    ['a list of texts', { input: ['hello', 'you'] }],
    ['tokens', { input: [1, 2, 3] }],
    ['lists of tokens', { input: [[1, 2], [3]] }],
    ['floats', { input: 'hello', encoding_format: 'float' }],
    ['dimensions and a user', { input: 'hello', encoding_format: 'base64', dimensions: 3, user: 'u' }],
  ])('send the body as it came, but for the model: %s', async (_, body) => {
    const { url, fake } = await serve()
    const answer = await fetch(`${url}/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'small', ...body }),
    })
    expect(fake.received.map(({ body }) => body)).toEqual([{ ...body, model: 'text-embedding-3-small' }])
    expect(fake.received[0]?.headers.authorization).toBe(`Bearer ${apiKey}`)
    const text = await answer.text()
    expect([answer.status, text]).toEqual([200, expect.stringContaining('"service_note":"kept"')])
    if (hasFixtures && !text.includes('base64') && !('dimensions' in body))
      expect(openAiSchema('CreateEmbeddingResponse')(JSON.parse(text))).toBe(true)
  })

  it('come to the official client as numbers, under the name that the provider gives', async () => {
    const { client, fake } = await serve()
    const { data, model, usage } = await client.embeddings.create({ model: 'small', input: ['hello', 'you'] })
    expect(data.map(({ embedding }) => embedding)).toEqual(['hello', 'you'].map(vectorOf))
    expect([model, usage.prompt_tokens]).toEqual(['text-embedding-3-small-real', 4])
    // The client asks for base64 by itself.
    expect(fake.received[0]?.body.encoding_format).toBe('base64')
  })

  it.each([
    ['any/bge-m3', '/v1/embeddings', 'bge-m3'],
    ['azure', '/openai/deployments/embed-eu/embeddings?api-version=2024-10-21', 'embed-eu'],
  ])('find %s where it is', async (model, path, name) => {
    const { client, fake } = await serve()
    await client.embeddings.create({ model, input: 'hello' })
    expect([fake.received[0]?.path, fake.received[0]?.body.model]).toEqual([path, name])
  })

  it('are tried again after 5xx, and elsewhere where the name has fallbacks', async () => {
    const down = refusesWith(503, { message: 'busy' })
    const { client, fake } = await serve([down, down], { small: { retries: 1, fallbacks: ['other'] } })
    const { data } = await client.embeddings.create({ model: 'small', input: 'hello' })
    expect(data).toHaveLength(1)
    expect(fake.received.map(({ path }) => path)).toEqual(['/v1/embeddings', '/v1/embeddings', '/other/embeddings'])
  })

  it('pass the status and the words of a refusal on, without the key', async () => {
    const error = {
      message: `Key ${apiKey} is over its quota`,
      type: 'tokens',
      param: null,
      code: 'rate_limit_exceeded',
    }
    const { client } = await serve([refusesWith(429, error, { 'retry-after': '7' })])
    const thrown = await client.embeddings.create({ model: 'small', input: 'hello' }).catch(cause => cause)
    expect(thrown).toBeInstanceOf(OpenAI.RateLimitError)
    expect(thrown.error).toEqual({ ...error, message: 'Key *** is over its quota' })
    expect(thrown.headers.get('retry-after')).toBe('7')
  })

  it('are refused where they are larger than the limit, which is named', async () => {
    const { client } = await serve([], { limits: { maxEmbeddingsBytes: 100 } })
    await expect(client.embeddings.create({ model: 'small', input: 'hello' })).rejects.toMatchObject({
      status: 502,
      message: expect.stringContaining('limits.maxEmbeddingsBytes'),
    })
  })

  it('are given up when nothing comes in time', async () => {
    const hangs: EmbedReply = response => void response.writeHead(200)
    const { client } = await serve([hangs], { limits: { firstEventTimeoutMs: 30 } })
    await expect(client.embeddings.create({ model: 'small', input: 'hello' })).rejects.toMatchObject({
      status: 504,
      code: 'timeout',
    })
  })

  it('are given up when all the tries have taken too long', async () => {
    const hangs: EmbedReply = response => void response.writeHead(200)
    const { client } = await serve([hangs], { limits: { completionTimeoutMs: 30 } })
    await expect(client.embeddings.create({ model: 'small', input: 'hello' })).rejects.toMatchObject({
      status: 504,
      message: expect.stringContaining('The embedding was stopped after 30 ms (limits.completionTimeoutMs).'),
    })
  })

  it('are not asked for any longer when the caller has left', async () => {
    const begun = Promise.withResolvers<ServerResponse>()
    const { client, fake } = await serve([
      response => {
        response.writeHead(200).flushHeaders()
        begun.resolve(response)
      },
    ])
    const leaving = new AbortController()
    const asked = client.embeddings.create({ model: 'small', input: 'hello' }, { signal: leaving.signal })
    const upstream = await begun.promise
    const left = once(upstream, 'close')
    leaving.abort()
    await expect(asked).rejects.toThrow(OpenAI.APIUserAbortError)
    await left
    expect(upstream.writableFinished).toBe(false)
    expect(fake.received).toHaveLength(1)
  })

  it('that are none are an error', async () => {
    const { client } = await serve([response => void response.writeHead(200).end('{"object":"list"}')])
    await expect(client.embeddings.create({ model: 'small', input: 'hello' })).rejects.toThrow(/without embeddings/)
  })
})

describe.each([
  ['gemini', 1, 101, 2],
  ['vertex', 1, 251, 2],
  ['vertex-one', 2, 3, 3],
  ['vertex-new', 2, 3, 3],
  ['titan', 2, 5, 5],
  ['cohere', 1, 97, 2],
])('embeddings of %s', (model, requestsForTwo, many, requestsForMany) => {
  it('come in the order of the texts, in either encoding', async () => {
    const { client, fake } = await serve()
    const input = ['hello', 'you']
    for (const encoding of [undefined, 'float' as const]) {
      const answer = await client.embeddings.create({ model, input, ...(encoding && { encoding_format: encoding }) })
      expect(answer.data.map(({ embedding }) => embedding)).toEqual(input.map(vectorOf))
      expect(answer.data.map(({ index }) => index)).toEqual([0, 1])
      expect(answer.usage.prompt_tokens).toBe(model === 'gemini' ? 0 : 4)
      if (hasFixtures && encoding) expect(openAiSchema('CreateEmbeddingResponse')(answer)).toBe(true)
    }
    expect(fake.received).toHaveLength(2 * requestsForTwo)
  })

  it('are asked for in as many requests as it needs', async () => {
    const { client, fake } = await serve()
    const input = Array.from({ length: many }, (_, index) => 'x'.repeat(index + 1))
    const { data } = await client.embeddings.create({ model, input })
    expect(data.map(({ embedding }) => embedding[0])).toEqual(input.map(text => text.length))
    expect(fake.received).toHaveLength(requestsForMany)
  })

  it('refuse tokens, and say where they stand', async () => {
    const { client, fake } = await serve()
    await expect(client.embeddings.create({ model, input: [[1, 2]] })).rejects.toMatchObject({
      status: 400,
      param: 'input[0]',
      message: expect.stringContaining('takes no tokens'),
    })
    expect(fake.received).toEqual([])
  })
})

it.each<[string, object]>([
  ['gemini', { requests: [{ outputDimensionality: 256, taskType: 'RETRIEVAL_QUERY' }] }],
  ['vertex', { instances: [{ task_type: 'RETRIEVAL_QUERY' }], parameters: { outputDimensionality: 256 } }],
  ['vertex-new', { embedContentConfig: { outputDimensionality: 256, taskType: 'RETRIEVAL_QUERY' } }],
  ['titan', { dimensions: 256 }],
  ['cohere', { output_dimension: 256, input_type: 'search_query' }],
])('%s gets dimensions and what the text is for in its own words', async (model, expected) => {
  const { client, fake } = await serve()
  const own = { task_type: 'RETRIEVAL_QUERY', input_type: 'search_query' }
  await client.embeddings.create({ model, input: 'hello', dimensions: 256, ...own })
  expect(fake.received[0]?.body).toMatchObject(expected)
})

it('the first batch that fails ends the request, with the words of the provider', async () => {
  const { client } = await serve([refusesWith(403, { message: 'no access' })])
  const input = Array.from({ length: 9 }, () => 'x')
  await expect(client.embeddings.create({ model: 'titan', input })).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('no access'),
  })
})

describe('a request for embeddings is refused', () => {
  it.each([
    ['claude', 400, /model "claude" \(anthropic\) has no embeddings/],
    ['demo', 400, /model "demo" \(demo\) has no embeddings/],
    ['nova', 400, /not known to embed texts/],
    ['nobody', 404, /No model is named "nobody"/],
  ])('by %s, and says what can be done', async (model, status, message) => {
    const { client } = await serve()
    await expect(client.embeddings.create({ model, input: 'hello' })).rejects.toMatchObject({
      status,
      type: 'invalid_request_error',
      param: 'model',
      message: expect.stringMatching(message),
    })
  })

  it.each([
    ['without a model', {}, /"model"/],
    ['with an empty text', { model: 'gemini', input: '' }, /"input": must be a text that is not empty/],
    ['with nothing', { model: 'gemini', input: [] }, /a list of 1 to 2048; it has 0/],
    [
      'in another encoding',
      { model: 'titan', input: 'a', encoding_format: 'int8' },
      /"encoding_format": must be float/,
    ],
    ['with half a dimension', { model: 'gemini', input: 'a', dimensions: 1.5 }, /"dimensions": must be a whole number/],
  ])('%s', async (_, body, message) => {
    const { client } = await serve()
    await expect(client.embeddings.create(body as never)).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(message),
    })
  })
})
