import { GatewayError, messageOf } from '../../../core/errors.ts'
import { isObject } from '../../../core/json.ts'
import { hideSecrets, spellings } from '../../../core/secrets.ts'
import { untilAborted } from '../../../core/until-aborted.ts'
import { cleanText } from '../document/clean-text.ts'
import type { Egress } from '../egress/egress.ts'
import type { HttpRequest, HttpResponse } from '../egress/http.ts'
import { quoteName } from './schemes.ts'
import type { TokenClient } from './token-client.ts'

/** Thrown inside this room when no token can be had; the message is for the model and for people, without a secret. */
export class TokenProblem extends Error {}

/** Thrown inside this file when the server knows one of the scopes not, or does not give it to this client. */
class ScopeRefused extends TokenProblem {}

/** Tokens of clients, each fetched once and kept until it is about to expire: one for each scheme and set of scopes. */
export type Tokens = Readonly<{
  /**
   * The token of a client. All who ask while it is fetched wait for the same request. Where the server refuses the scopes
   * that an operation needs, it is asked for a token without any, then and from then on: what that may do, the API says.
   *
   * @throws TokenProblem, or GatewayError `CANCELLED`
   */
  get: (client: TokenClient, signal: AbortSignal) => Promise<string>
  /** Forgets a token that the API refused. One that was fetched since then stays. */
  drop: (client: TokenClient, token: string) => void
}>

/** What fetching needs: the way out, a time limit, the end of the source, and a clock in milliseconds. */
export type TokenOptions = Readonly<{
  egress: Pick<Egress, 'send'>
  timeoutMs: number
  closing: AbortSignal
  now: () => number
}>

/** A token is not used in its last minute, or in its second half where it lives less than two: the call takes time too. */
const skewMs = 60_000

/** For a server that does not say how long its tokens live (RFC 6749, section 5.1, leaves it open). */
const defaultLifeMs = 300_000

const maxTokenBytes = 65_536

type Token = Readonly<{ value: string; expiresAt: number }>
type Held = { fetching: Promise<Token>; token?: Token }

/** Makes the keeper of one source's tokens. */
export function keepTokens(options: TokenOptions): Tokens {
  const held = new Map<string, Held>()
  const refused = new Set<string>()
  const start = (client: TokenClient, key: string): Held => {
    const fresh: Held = { fetching: fetchToken(client, options) }
    fresh.fetching.then(
      token => {
        fresh.token = token
      },
      () => {
        if (held.get(key) === fresh) held.delete(key)
      },
    )
    held.set(key, fresh)
    return fresh
  }
  const get = async (wanted: TokenClient, signal: AbortSignal): Promise<string> => {
    const client = refused.has(keyOf(wanted)) ? withoutNeeds(wanted) : wanted
    const key = keyOf(client)
    const known = held.get(key)
    const isGood = known !== undefined && (known.token === undefined || options.now() < known.token.expiresAt)
    const { fetching } = isGood ? known : start(client, key)
    try {
      return (await untilAborted(fetching, signal, `a token for ${quoteName(client.scheme)}`)).value
    } catch (thrown) {
      if (!(thrown instanceof ScopeRefused) || client.needs === undefined) throw thrown
      refused.add(key)
      return get(client, signal)
    }
  }
  return {
    get,
    drop: (wanted, token) => {
      for (const key of [keyOf(wanted), keyOf(withoutNeeds(wanted))])
        if (held.get(key)?.token?.value === token) held.delete(key)
    },
  }
}

function keyOf({ scheme, needs = [] }: TokenClient): string {
  return JSON.stringify([scheme, ...needs])
}

function withoutNeeds({ needs: _, ...client }: TokenClient): TokenClient {
  return client
}

async function fetchToken(client: TokenClient, { egress, timeoutMs, closing, now }: TokenOptions): Promise<Token> {
  const problem = (why: string) =>
    new TokenProblem(`No token for the security scheme ${quoteName(client.scheme)}: ${why}`)
  const url = new URL(client.url)
  const where = `${url.origin}${url.pathname}`
  const askedAt = now()
  let response: HttpResponse
  try {
    response = await egress.send(tokenRequest(client), { signal: closing, timeoutMs, maxBytes: () => maxTokenBytes })
  } catch (cause) {
    throw problem(cause instanceof GatewayError ? cause.message : `${where}: ${messageOf(cause)}`)
  }
  const answer = parse(response)
  if (response.status < 200 || response.status > 299) {
    const { message } = problem(`${where} answered HTTP ${response.status}${explain(answer, client)}`)
    // RFC 6749, section 5.2.
    throw answer.error === 'invalid_scope' ? new ScopeRefused(message) : new TokenProblem(message)
  }
  const value = answer.access_token
  // What a bearer may consist of (RFC 6750, section 2.1), and a little more, as servers do not keep to it.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw problem(`${where} gave no usable access_token.`)
  const seconds = Number(answer.expires_in)
  const lifeMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : defaultLifeMs
  return { value, expiresAt: askedAt + lifeMs - Math.min(skewMs, lifeMs / 2) }
}

/** A client credentials request (RFC 6749, section 4.4.2). */
function tokenRequest({ clientId, clientSecret, url, needs = [], scopes = needs, ...how }: TokenClient): HttpRequest {
  const { audience, auth } = how
  const form = new URLSearchParams({ grant_type: 'client_credentials' })
  if (scopes.length > 0) form.set('scope', scopes.join(' '))
  if (audience !== undefined) form.set('audience', audience)
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': 'patchbay',
  }
  if (auth === 'body') {
    form.set('client_id', clientId)
    form.set('client_secret', clientSecret)
  } else {
    // Both are form-encoded before they are joined (RFC 6749, section 2.3.1).
    headers.authorization = `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`
  }
  return { method: 'POST', url: new URL(url), headers, body: form.toString() }
}

function encode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function parse({ body }: HttpResponse): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** The server's own words (RFC 6749, section 5.2), short and without the secret, should it repeat it. */
function explain(answer: Readonly<Record<string, unknown>>, client: TokenClient): string {
  const said = [answer.error, answer.error_description].filter(part => typeof part === 'string' && part !== '')
  const encoded = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')
  const shown = hideSecrets(said.join(': '), spellings([client.clientSecret, encode(client.clientSecret), encoded]))
  return shown === '' ? '.' : `, ${cleanText(shown, 200)}.`
}
