import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { BodyKind } from './operation.ts'

/** One entry of a `content` map that we can write. */
export type MediaType = Readonly<{ mediaType: string; kind: BodyKind; schema: unknown; encoding: JsonObject }>

/** In the order of preference. */
const kinds: readonly Readonly<{ matches: RegExp; kind: BodyKind }>[] = [
  { matches: /^application\/json$/, kind: 'json' },
  { matches: /^[^/]+\/[^/]+\+json$/, kind: 'json' },
  { matches: /^application\/x-www-form-urlencoded$/, kind: 'form' },
  { matches: /^text\/(?!\*)/, kind: 'text' },
  { matches: /^(application\/xml|[^/]+\/[^/]+\+xml)$/, kind: 'text' },
  { matches: /^(application|\*)\/\*$/, kind: 'json' },
  { matches: /^(application\/(octet-stream|zip|gzip|x-tar|pdf)|(image|audio|video)\/[^*]+)$/, kind: 'bytes' },
]

/**
 * Chooses the media type to send from a `content` map: JSON, then `+json`, form, text, XML as text, a wildcard as
 * JSON, and bytes. The document's order decides only between equals. undefined when none of them can be written.
 */
export function findMediaType(content: JsonObject): MediaType | undefined {
  const named = rankMediaTypes(Object.keys(content))
  if (named === undefined) return undefined
  const value = content[named.mediaType]
  const { schema = {}, encoding = {} } = isObject(value) ? value : {}
  return { ...toSend(named), schema, encoding: isObject(encoding) ? encoding : {} }
}

/** {@link findMediaType} for 2.0's `consumes`, which names types alone. */
export function rankMediaTypes(
  mediaTypes: readonly string[],
): Readonly<{ mediaType: string; kind: BodyKind }> | undefined {
  const legal = mediaTypes.filter(isMediaType)
  for (const { matches, kind } of kinds) {
    const mediaType = legal.find(each => matches.test(essence(each)))
    if (mediaType !== undefined) return { mediaType, kind }
  }
  return undefined
}

/** The type without its parameters, in lower case: `application/json` of `application/JSON; charset=utf-8`. */
export function essence(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** A stray key such as `examples`, or one with a line break in it, is no media type (RFC 9110, section 8.3.1). */
function isMediaType(text: string): boolean {
  return /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+\s*(;[\x20-\x7e]*)?$/.test(text)
}

/** Nothing is sent as `*\/*`: what stands for any type is sent as JSON. */
function toSend({ mediaType, kind }: Readonly<{ mediaType: string; kind: BodyKind }>): {
  mediaType: string
  kind: BodyKind
} {
  return { mediaType: mediaType.includes('*') ? 'application/json' : mediaType, kind }
}
