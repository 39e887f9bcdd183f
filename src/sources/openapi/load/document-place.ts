import type { OpenApiConfig } from '../../../core/source-config.ts'
import { isUrl } from '../../../core/url.ts'

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
