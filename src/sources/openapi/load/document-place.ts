import type { OpenApiConfig } from '../../../core/source-config.ts'

/** True for what is fetched; anything else is a path. */
export function isUrl(at: string): boolean {
  return /^https?:\/\//i.test(at)
}

/** How errors name a document; a URL without its query, which may hold a key. */
export function nameDocument(from: OpenApiConfig['document']): string {
  if ('inline' in from) return 'given inline'
  const url = isUrl(from.at) ? URL.parse(from.at) : null
  return url === null ? `"${from.at}"` : nameUrl(url)
}

/** How errors name a URL: without its query, which may hold a key. */
export function nameUrl(url: URL): string {
  return `${url.origin}${url.pathname}`
}
