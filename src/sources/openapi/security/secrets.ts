import type { Credential } from '../../../core/credential.ts'
import { secretsInFilled, secretsInUrl, spellings } from '../../../core/secrets.ts'
import type { OpenApiConfig } from '../../../core/source-config.ts'
import { toBase64 } from './credentials.ts'
import { tokenUrlsOf } from './token-client.ts'

/**
 * What of an entry's URLs may be a credential, in each way it may be written: an API's key stands in the path of its base
 * URL as often as in the query. What variables filled in counts, but for hosts; and what looks like a key.
 *
 * @param documentUrl - absent for a document that is no URL
 * @param servers - those that the document names: their hosts may come from variables
 */
export function urlSecretsOf(
  config: Pick<OpenApiConfig, 'baseUrl' | 'serverVariables' | 'credentials' | 'filled'>,
  documentUrl?: string,
  servers: readonly string[] = [],
): readonly string[] {
  const { baseUrl = '', serverVariables = {}, filled = [] } = config
  const urls = [baseUrl, documentUrl ?? '', ...tokenUrlsOf(config)]
  // A value is a key by itself as it is one in a path.
  const inVariables = Object.values(serverVariables).map(value => `http://h/${value}`)
  return spellings([
    ...[...urls, ...inVariables].flatMap(secretsInUrl),
    ...secretsInFilled(filled, [...urls, ...servers]),
  ])
}

/** Every configured value that an answer must not repeat, in each way it may be written, the longest first. */
export function secretsOf(
  config: Pick<OpenApiConfig, 'headers' | 'credentials'>,
  urlSecrets: readonly string[],
): readonly string[] {
  const given = Object.values(config.credentials ?? {}).flatMap(valuesOf)
  return spellings([...Object.values(config.headers), ...given, ...urlSecrets])
}

/** A user name and an id of a client are no secrets, but what they are encoded with is. */
function valuesOf(credential: Credential): readonly string[] {
  switch (credential.kind) {
    case 'value':
      return [credential.value, toBase64(credential.value)]
    case 'login':
      return [credential.password, toBase64(`${credential.username}:${credential.password}`)]
    case 'client':
      return [credential.clientSecret, toBase64(`${credential.clientId}:${credential.clientSecret}`)]
    case 'header':
      return []
  }
}
