import { describe, expect, it, onTestFinished } from 'vitest'
import { createEgress } from '../../../../src/sources/openapi/egress/egress.ts'
import type { Tokens } from '../../../../src/sources/openapi/security/oauth-token.ts'
import { keepTokens, TokenProblem } from '../../../../src/sources/openapi/security/oauth-token.ts'
import type { TokenClient } from '../../../../src/sources/openapi/security/token-client.ts'
import { sendToken, serveTokens } from './token-server.ts'

const clock = { ms: 1_000_000 }

function keep(timeoutMs = 5_000): Tokens {
  const egress = createEgress('The token endpoint of "test"', { loopback: true })
  onTestFinished(egress.close)
  return keepTokens({ egress, timeoutMs, closing: new AbortController().signal, now: () => clock.ms })
}

const client = (url: string, rest: Partial<TokenClient> = {}): TokenClient => ({
  scheme: 'o',
  url,
  clientId: 'my client',
  clientSecret: 'canary+s3cret/1',
  auth: 'basic',
  ...rest,
})

const calm = () => new AbortController().signal

describe('a token of a client', () => {
  it('is asked for as RFC 6749 says, with the id and secret in a header', async () => {
    const server = await serveTokens()
    const asked = client(server.url, { scopes: ['read', 'write'], audience: 'api' })
    expect(await keep().get(asked, calm())).toBe('token-1')
    const [request] = server.requests
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      grant_type: 'client_credentials',
      scope: 'read write',
      audience: 'api',
    })
    expect(request?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('my+client:canary%2Bs3cret%2F1').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    })
  })

  it('is asked for with both in the form where the server wants that', async () => {
    const server = await serveTokens()
    await keep().get(client(server.url, { auth: 'body' }), calm())
    const [request] = server.requests
    expect(request?.headers.authorization).toBeUndefined()
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      grant_type: 'client_credentials',
      client_id: 'my client',
      client_secret: 'canary+s3cret/1',
    })
  })

  it('is fetched once for 20 who ask at once, and kept', async () => {
    const server = await serveTokens((response, count) =>
      setTimeout(() => sendToken(response, { access_token: `token-${count}`, expires_in: '3600' }), 50),
    )
    const tokens = keep()
    const got = await Promise.all(Array.from({ length: 20 }, () => tokens.get(client(server.url), calm())))
    expect(new Set(got)).toEqual(new Set(['token-1']))
    expect(await tokens.get(client(server.url), calm())).toBe('token-1')
    expect(server.requests).toHaveLength(1)
  })

  it.each<[string, unknown, number]>([
    ['a minute before it expires', 3_600, 3_540],
    ['at half its life, where it lives less than two minutes', 30, 15],
    ['after five minutes less one, where nothing is said', undefined, 240],
    ['the same, where nonsense is said', -1, 240],
  ])('is fetched anew %s', async (_, expires_in, seconds) => {
    const server = await serveTokens((response, count) =>
      sendToken(response, { access_token: `token-${count}`, expires_in }),
    )
    const tokens = keep()
    await tokens.get(client(server.url), calm())
    clock.ms += seconds * 1_000 - 1
    expect(await tokens.get(client(server.url), calm())).toBe('token-1')
    clock.ms += 1
    expect(await tokens.get(client(server.url), calm())).toBe('token-2')
  })

  it('is another one for other scopes, and the same for the same', async () => {
    const server = await serveTokens()
    const tokens = keep()
    const get = (needs?: readonly string[]) => tokens.get(client(server.url, needs && { needs }), calm())
    expect(await Promise.all([get(['a']), get(['a', 'b']), get(), get(['a'])])).toEqual([
      'token-1',
      'token-2',
      'token-3',
      'token-1',
    ])
    expect(server.requests.map(({ form }) => form.get('scope'))).toEqual(['a', 'a b', null])
  })

  it('is asked for without scopes where the server refuses them, once for all who asked, and from then on', async () => {
    const server = await serveTokens((response, count, { form }) =>
      setTimeout(() => {
        if (form.has('scope')) sendToken(response, { error: 'invalid_scope' }, 400)
        else sendToken(response, { access_token: `token-${count}`, expires_in: 3_600 })
      }, 30),
    )
    const tokens = keep()
    const asked = client(server.url, { needs: ['a'] })
    expect(await Promise.all([1, 2, 3].map(() => tokens.get(asked, calm())))).toEqual(['token-2', 'token-2', 'token-2'])
    tokens.drop(asked, 'token-2')
    expect(await tokens.get(asked, calm())).toBe('token-3')
    expect(server.requests.map(({ form }) => form.get('scope'))).toEqual(['a', null, null])
  })

  it('is not asked for again where the server refuses the scopes that are configured', async () => {
    const server = await serveTokens(response => sendToken(response, { error: 'invalid_scope' }, 400))
    await expect(keep().get(client(server.url, { scopes: ['a'] }), calm())).rejects.toThrow(/invalid_scope/)
    expect(server.requests).toHaveLength(1)
  })

  it('is dropped once, however many found it refused', async () => {
    const server = await serveTokens()
    const tokens = keep()
    const asked = client(server.url)
    await tokens.get(asked, calm())
    tokens.drop(asked, 'token-1')
    expect(await tokens.get(asked, calm())).toBe('token-2')
    tokens.drop(asked, 'token-1')
    expect(await tokens.get(asked, calm())).toBe('token-2')
  })

  it('goes on being fetched for the others when one of them leaves', async () => {
    const server = await serveTokens(response => setTimeout(() => sendToken(response, { access_token: 't' }), 100))
    const tokens = keep()
    const impatient = tokens.get(client(server.url), AbortSignal.timeout(10))
    const patient = tokens.get(client(server.url), calm())
    await expect(impatient).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await patient).toBe('t')
  })

  it.each<[string, number, object | string, string]>([
    [
      'an error',
      401,
      { error: 'invalid_client', error_description: 'Bad secret' },
      'answered HTTP 401, invalid_client: Bad secret.',
    ],
    ['an error that repeats the secret', 400, { error: 'no canary+s3cret/1' }, 'HTTP 400, no [hidden].'],
    ['an error in HTML', 500, '<html>', 'answered HTTP 500.'],
    ['a redirect', 302, {}, 'answered HTTP 302.'],
    ['no token', 200, { token_type: 'Bearer' }, 'gave no usable access_token.'],
    ['a token with a line break', 200, { access_token: 'a\r\nx: y' }, 'gave no usable access_token.'],
    ['a page', 200, '<html>', 'gave no usable access_token.'],
  ])('is not had from %s, and the next who asks tries again', async (_, status, body, message) => {
    const server = await serveTokens((response, count) => {
      if (count > 1) sendToken(response, { access_token: 'better' })
      else if (typeof body === 'string') response.writeHead(status).end(body)
      else sendToken(response, body, status)
    })
    const tokens = keep()
    const thrown = await tokens.get(client(server.url), calm()).catch((problem: unknown) => problem)
    expect(thrown).toBeInstanceOf(TokenProblem)
    expect((thrown as Error).message).toMatch(
      /^No token for the security scheme "o": http:\/\/127\.0\.0\.1:\d+\/token /,
    )
    expect((thrown as Error).message).toContain(message)
    expect((thrown as Error).message).not.toMatch(/canary/)
    expect(await tokens.get(client(server.url), calm())).toBe('better')
  })

  it('is not had where nobody answers', async () => {
    const refused = keep().get(client('http://127.0.0.1:1/token'), calm())
    await expect(refused).rejects.toThrow(/^No token .*"o": The token endpoint of "test" cannot be reached/)
    const server = await serveTokens(() => {})
    await expect(keep(50).get(client(server.url), calm())).rejects.toThrow(/gave no answer within 50 ms/)
  })
})
