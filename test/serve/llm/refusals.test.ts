import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { servePatchbay } from '../../flows/patchbay.ts'

const key = 'a-key-of-sixteen-letters'
const messages = [{ role: 'user' as const, content: 'hi' }]

async function serve(): Promise<string> {
  const models = { demo: { provider: 'demo' } }
  const { url } = await servePatchbay({}, { models, keys: { all: { key } }, limits: { maxBodyBytes: 1_000 } })
  return url
}
const clientOf = (url: string, apiKey = key): OpenAI => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })

describe("what the front door refuses comes to OpenAI's client as its own errors:", () => {
  it.each<[string, (url: string) => PromiseLike<unknown>, object, new (...args: never[]) => Error]>([
    [
      'a wrong key',
      url => clientOf(url, 'wrong').chat.completions.create({ model: 'demo', messages }),
      { status: 401, type: 'authentication_error', code: 'unauthorized' },
      OpenAI.AuthenticationError,
    ],
    [
      'a wrong key at the models',
      url => clientOf(url, 'wrong').models.list(),
      { status: 401, type: 'authentication_error', code: 'unauthorized' },
      OpenAI.AuthenticationError,
    ],
    [
      'a wrong key at the responses without /v1',
      url =>
        new OpenAI({ baseURL: url, apiKey: 'wrong', maxRetries: 0 }).responses.create({ model: 'demo', input: 'hi' }),
      { status: 401, type: 'authentication_error', code: 'unauthorized' },
      OpenAI.AuthenticationError,
    ],
    [
      'a path that is not there',
      url => clientOf(url).moderations.create({ input: 'x' }),
      { status: 404, type: 'invalid_request_error', code: 'method_not_found' },
      OpenAI.NotFoundError,
    ],
    [
      'another method',
      url => clientOf(url).get('/embeddings'),
      { status: 404, type: 'invalid_request_error', code: 'method_not_found' },
      OpenAI.NotFoundError,
    ],
    [
      'a page of the web',
      url =>
        clientOf(url).chat.completions.create(
          { model: 'demo', messages },
          { headers: { origin: 'https://evil.example' } },
        ),
      { status: 403, type: 'permission_error', code: 'forbidden' },
      OpenAI.PermissionDeniedError,
    ],
    [
      'a body that is too large',
      url => clientOf(url).embeddings.create({ model: 'demo', input: 'x'.repeat(2_000) }),
      { status: 413, type: 'invalid_request_error', code: 'request_too_large' },
      OpenAI.APIError,
    ],
    [
      'a body that is no JSON',
      url =>
        clientOf(url).post('/chat/completions', { body: 'no' as never, headers: { 'content-type': 'text/plain' } }),
      { status: 400, type: 'invalid_request_error', code: 'request_invalid' },
      OpenAI.BadRequestError,
    ],
  ])('%s', async (_, ask, expected, type) => {
    const thrown = await Promise.resolve(ask(await serve())).catch((cause: unknown) => cause)
    expect(thrown).toBeInstanceOf(type)
    expect(thrown).toMatchObject(expected)
    expect(Object.keys((thrown as { error: object }).error).sort()).toEqual(['code', 'message', 'param', 'type'])
  })
})

it.each(['/chat/completions', '/embeddings', '/models', '/models/demo', '/v1', '/v1/', '/v1/anything/else'])(
  'the shape holds at %s',
  async path => {
    const answer = await fetch(`${await serve()}${path}`, { method: 'POST' })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="patchbay"')
    expect(await answer.json()).toEqual({
      error: { message: expect.any(String), type: 'authentication_error', param: null, code: 'unauthorized' },
    })
  },
)

it.each(['/mcp-rest/tools/list', '/nothing', '/v1beta'])('elsewhere it is that of REST: %s', async path => {
  const answer = await fetch(`${await serve()}${path}`)
  expect(await answer.json()).toEqual({ error: { code: 'UNAUTHORIZED', message: expect.any(String) } })
})

it("Anthropic's client reads why it may not list the models", async () => {
  const client = new Anthropic({ baseURL: await serve(), apiKey: 'wrong', maxRetries: 0 })
  const thrown = await client.models.list().catch(cause => cause)
  expect(thrown).toBeInstanceOf(Anthropic.AuthenticationError)
  expect(thrown.error).toEqual({
    type: 'error',
    error: { type: 'authentication_error', message: expect.stringContaining('valid key') },
  })
})
