import type { RemoteConfig } from '../../core/source-config.ts'

/**
 * Takes the values of headers or environment variables out of a text that an upstream wrote, so that one that prints
 * its own credentials does not put them into our errors and logs.
 *
 * Of a value of two words, such as `Bearer abc`, the last one is hidden alone too; values under 6 characters are no
 * secrets.
 */
export function hideSecrets(text: string, values: Readonly<Record<string, string>>): string {
  return Object.values(values)
    .flatMap(value => [value, value.replace(/^\S+\s+/, '')])
    .filter(value => value.length >= 6)
    .sort((a, b) => b.length - a.length)
    .reduce((hidden, value) => hidden.replaceAll(value, '[hidden]'), text)
}

/** What an entry sends a server that may be a credential: its headers, and parts of its URL. */
export function secretsOf({ headers, url }: RemoteConfig): Readonly<Record<string, string>> {
  return { ...headers, ...secretsInUrl(url) }
}

/**
 * What of a URL may be a credential: each value of its query, as it is and as it is written, its password, and the long
 * segments of its path, where many servers want a key.
 */
function secretsInUrl(url: string): Readonly<Record<string, string>> {
  const { pathname, search, searchParams, password } = new URL(url)
  const segments = pathname.split('/').filter(segment => segment.length >= minSegmentLength)
  const written = search.split('&').map(each => each.slice(each.indexOf('=') + 1))
  return Object.fromEntries([password, ...segments, ...written, ...searchParams.values()].entries())
}

/** A word of a path is rarely as long, a key never shorter. */
const minSegmentLength = 16
