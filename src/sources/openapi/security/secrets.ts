import type { Credential } from '../../../core/credential.ts'
import type { OpenApiConfig } from '../../../core/source-config.ts'
import { toBase64 } from './credentials.ts'

/** Shorter values would hide ordinary words. */
const minLength = 6

/** Every configured value that an answer must not repeat, in each way it may be written, the longest first. */
export function secretsOf(config: Pick<OpenApiConfig, 'headers' | 'credentials' | 'baseUrl'>): readonly string[] {
  const given = Object.values(config.credentials ?? {}).flatMap(valuesOf)
  const inQuery = URL.parse(config.baseUrl ?? '')?.searchParams.values() ?? []
  return spellings([...Object.values(config.headers), ...given, ...inQuery])
}

/**
 * The spellings in which a secret may come back: with and without a scheme in front, as in a URL, as in JSON.
 *
 * @returns distinct, the longest first; values of less than 6 characters are left out
 */
export function spellings(values: readonly string[]): readonly string[] {
  const bare = values.flatMap(value => [value, value.replace(/^\S+\s+/, '')])
  const all = bare.flatMap(value => [
    value,
    encodeURIComponent(value.toWellFormed()),
    JSON.stringify(value).slice(1, -1),
  ])
  return [...new Set(all)].filter(value => value.length >= minLength).sort((a, b) => b.length - a.length)
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
