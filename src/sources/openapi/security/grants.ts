import type { Credential } from '../../../core/credential.ts'
import type { OpenApiConfig } from '../../../core/source-config.ts'
import type { Part } from './credentials.ts'
import { basicPart, toPart } from './credentials.ts'
import { addressPrefix } from './forwarded-headers.ts'
import type { SecurityScheme } from './schemes.ts'
import { headerOf, quoteName } from './schemes.ts'
import type { TokenClient, TokenUrlContext } from './token-client.ts'
import { findTokenClient } from './token-client.ts'

/** What of an entry of the configuration decides about credentials. */
export type SecurityConfig = Pick<
  OpenApiConfig,
  'baseUrl' | 'headers' | 'credentials' | 'forwardHeaders' | 'allowHosts' | 'tls'
> &
  Readonly<{ id?: string }>

/**
 * Where the credential of one scheme comes from.
 *
 * - `part`: from `credentials`, finished
 * - `token`: fetched for a client, and kept
 * - `caller`: from a header of the caller's request, whose value is written as the scheme wants it
 * - `passed`: the caller's request has the scheme's own header, which is passed on
 * - `standing`: from `headers` or `tls`, which every request has anyway
 * - `none`: there is none; `why` ends in what to do
 */
export type Grant = Readonly<
  | { kind: 'part'; scheme: SecurityScheme; part: Part; how: string }
  | { kind: 'token'; scheme: SecurityScheme; client: TokenClient; how: string }
  | { kind: 'caller'; scheme: SecurityScheme; header: string; how: string }
  | { kind: 'passed'; scheme: SecurityScheme; header: string; how: string }
  | { kind: 'standing'; scheme: SecurityScheme; how: string }
  | { kind: 'none'; scheme: SecurityScheme; why: string }
>

/** What a grant is decided by. */
export type GrantContext = TokenUrlContext & Readonly<{ config: SecurityConfig }>

/** Decides where the credential of a scheme comes from: `credentials` first, then what is sent anyway, then the caller. */
export function grantOf(scheme: SecurityScheme, context: GrantContext): Grant {
  const { credentials = {} } = context.config
  const given = Object.hasOwn(credentials, scheme.name) ? credentials[scheme.name] : undefined
  if (given !== undefined) return fromCredential(scheme, given, context)
  return fromElsewhere(scheme, context.config) ?? { kind: 'none', scheme, why: remedyOf(scheme) }
}

function fromCredential(scheme: SecurityScheme, given: Credential, context: GrantContext): Grant {
  const how = 'credentials'
  const none = (why: string): Grant => ({ kind: 'none', scheme, why })
  if (scheme.type === 'mutualTLS') return none(remedyOf(scheme))
  switch (given.kind) {
    case 'value': {
      const part = toPart(scheme, given.value)
      return part ? { kind: 'part', scheme, part, how } : none('its value has a character that no header may carry')
    }
    case 'login': {
      if (scheme.type !== 'http' || scheme.scheme !== 'basic') {
        return none(`a user and a password fit only http basic, and it is ${nameKind(scheme)}; give a text`)
      }
      return { kind: 'part', scheme, part: basicPart(given.username, given.password), how }
    }
    case 'client': {
      if (scheme.type === 'http' && scheme.scheme !== 'bearer') {
        return none(`a client's token fits no ${nameKind(scheme)}; ${remedyOf(scheme)}`)
      }
      const client = findTokenClient(given, scheme, context)
      if (typeof client === 'string') return none(client)
      return { kind: 'token', scheme, client, how: `a token from ${new URL(client.url).origin}` }
    }
    case 'header':
      return { kind: 'caller', scheme, header: given.name, how: `the caller's header "${given.name}"` }
  }
}

function fromElsewhere(scheme: SecurityScheme, config: SecurityConfig): Grant | undefined {
  const { headers, forwardHeaders, tls, id = '' } = config
  if (scheme.type === 'mutualTLS') {
    return tls?.cert && tls.key ? { kind: 'standing', scheme, how: 'tls' } : undefined
  }
  if (scheme.type === 'apiKey' && scheme.in === 'cookie') {
    const cookies = Object.entries(headers).find(([name]) => name.toLowerCase() === 'cookie')?.[1] ?? ''
    const has = cookies.split(';').some(pair => pair.trim().startsWith(`${scheme.parameter}=`))
    return has ? { kind: 'standing', scheme, how: 'headers.cookie' } : undefined
  }
  const header = headerOf(scheme)
  if (header === undefined) return undefined
  const own = Object.keys(headers).find(name => name.toLowerCase() === header)
  if (own !== undefined) return { kind: 'standing', scheme, how: `headers[${JSON.stringify(own)}]` }
  if (forwardHeaders === true) {
    return { kind: 'passed', scheme, header, how: `the caller's header "${addressPrefix(id)}${header}"` }
  }
  return forwardHeaders?.includes(header)
    ? { kind: 'passed', scheme, header, how: `the caller's header "${header}"` }
    : undefined
}

function remedyOf(scheme: SecurityScheme): string {
  if (scheme.type === 'mutualTLS') return 'set tls.cert and tls.key'
  const what =
    scheme.type === 'apiKey'
      ? 'the key'
      : scheme.type === 'oauth2'
        ? 'a token, or to clientId and clientSecret'
        : scheme.type === 'http' && scheme.scheme === 'basic'
          ? 'username and password'
          : 'the token'
  return `set credentials[${quoteName(scheme.name)}] to ${what}`
}

function nameKind(scheme: SecurityScheme): string {
  if (scheme.type === 'apiKey') return 'an API key'
  return scheme.type === 'http' ? `http ${scheme.scheme}` : scheme.type
}
