import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { BodyKind } from './operation.ts'

/** One entry of a `content` map that we can write. */
export type MediaType = Readonly<{ mediaType: string; kind: BodyKind; schema: unknown; encoding: JsonObject }>

/**
 * In the order of preference. Other kinds of multipart have rules of their own for what a part is, and are not written;
 * any other named type is bytes.
 */
const kinds: readonly Readonly<{ matches: RegExp; kind: BodyKind; sentAs?: string }>[] = [
  { matches: /^(application|text)\/json$/, kind: 'json' },
  { matches: /^[^/*]+\/[^/*]+\+json$/, kind: 'json' },
  { matches: /^application\/\*\+json$/, kind: 'json', sentAs: 'application/json' },
  { matches: /^application\/x-www-form-urlencoded$/, kind: 'form' },
  { matches: /^multipart\/form-data$/, kind: 'multipart' },
  { matches: /^multipart\/\*$/, kind: 'multipart', sentAs: 'multipart/form-data' },
  { matches: /^text\/[^*]+$/, kind: 'text' },
  { matches: /^text\/\*$/, kind: 'text', sentAs: 'text/plain' },
  { matches: /^(application\/xml|[^/*]+\/[^/*]+\+(xml|yaml))$/, kind: 'text' },
  {
    matches: /^application\/((x-)?(yaml|ndjson|jsonl|sh|javascript)|graphql|sdp|sql|toml|jwt|pkcs10|pem.*)$/,
    kind: 'text',
  },
  { matches: /^(?!multipart\/|application\/\*$)[^/*]+\/[^/]+$/, kind: 'bytes' },
  { matches: /^(application|\*)\/\*$/, kind: 'json', sentAs: 'application/json' },
]

/**
 * Chooses the media type to send from a `content` map: JSON, `+json`, urlencoded, multipart, text, XML as text, bytes,
 * and a wildcard as JSON. The document's order decides only between equals. undefined when none can be written.
 */
export function findMediaType(content: JsonObject): MediaType | undefined {
  const ranked = rank(Object.keys(content))
  if (ranked === undefined) return undefined
  const value = content[ranked.listed]
  const { schema = {}, encoding = {} } = isObject(value) ? value : {}
  return {
    mediaType: ranked.mediaType,
    kind: ranked.kind,
    schema,
    encoding: isObject(encoding) ? encoding : {},
  }
}

/** {@link findMediaType} for 2.0's `consumes`, which names types alone. */
export function rankMediaTypes(
  mediaTypes: readonly string[],
): Readonly<{ mediaType: string; kind: BodyKind }> | undefined {
  return rank(mediaTypes)
}

/** The type without its parameters, in lower case: `application/json` of `application/JSON; charset=utf-8`. */
export function essence(mediaType: string): string {
  if (mediaType === lastRead) return lastEssence
  lastEssence = (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase()
  lastRead = mediaType
  return lastEssence
}

/** What was asked last: an answer's type is looked at several times, and most answers have the same. */
let lastRead = ''
let lastEssence = ''

/** True for JSON and everything that is written as JSON, such as `application/problem+json`. */
export function isJsonType(mediaType: string): boolean {
  return /[/+]json$/.test(essence(mediaType))
}

/** A stray key such as `examples`, or one with a line break in it, is no media type (RFC 9110, section 8.3.1). */
export function isMediaType(text: string): boolean {
  return /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+\s*(;[\x20-\x7e]*)?$/.test(text)
}

/** `image/*` is kept for the writer of bytes, which may learn the type from the value; nothing else is sent as `*`. */
function rank(
  mediaTypes: readonly string[],
): Readonly<{ listed: string; mediaType: string; kind: BodyKind }> | undefined {
  const legal = mediaTypes.filter(isMediaType)
  for (const { matches, kind, sentAs } of kinds) {
    const listed = legal.find(each => matches.test(essence(each)))
    if (listed !== undefined) return { listed, mediaType: sentAs ?? listed, kind }
  }
  return undefined
}
