import { isHeaderName, isOfConnection } from '../../../core/header-name.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { findMediaType } from './media-type.ts'
import type { BodyKind, Encoding, Parameter, Place, Style } from './operation.ts'

/** Which styles a place knows, its default first (OpenAPI 3.1, "Style Values"). */
const stylesOf: Readonly<Record<Place, readonly Style[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  querystring: ['form'],
  header: ['simple'],
  cookie: ['form', 'cookie'],
}

/** How a value with a media type of its own is written; what is neither JSON nor a form can only be text. */
const contentOf: Readonly<Record<BodyKind, NonNullable<Encoding['content']>>> = {
  json: 'json',
  form: 'form',
  multipart: 'text',
  text: 'text',
  bytes: 'text',
  base64: 'text',
}

/**
 * Besides those of the connection: written by the HTTP client or by the configuration, never by a model. The first three
 * OpenAPI itself ignores.
 */
const reservedHeaders =
  /^(accept|content-type|authorization|host|cookie2?|proxy-authorization|proxy-connection|mcp-.*)$/i

/**
 * Reads a Parameter Object of OpenAPI 3.x.
 *
 * @param raw - references already followed
 * @returns a string instead says why the parameter is left out
 */
export function readParameter(raw: JsonObject): Parameter | string {
  const { in: place } = raw
  const name = parameterName(raw)
  const problem = checkParameter(name, place)
  if (problem !== undefined) return problem
  const known = place as Place
  const content = isObject(raw.content) ? findMediaType(raw.content) : undefined
  if (known === 'querystring' && content === undefined) return `querystring ${quote(name)} has no usable content`
  const multiSegment = known === 'path' && raw['x-multi-segment'] === true
  return {
    name: name as string,
    place: known,
    required: known === 'path' || raw.required === true,
    ...(typeof raw.description === 'string' && { description: raw.description }),
    schema: content === undefined ? (raw.schema ?? {}) : content.schema,
    encoding: {
      ...readEncoding(raw, stylesOf[known]),
      ...(content !== undefined && { content: contentOf[content.kind] }),
      ...(multiSegment && { multiSegment }),
    },
  }
}

/** Reads `style`, `explode` and `allowReserved` of a Parameter or Encoding Object; `form` and `cookie` explode. */
export function readEncoding(raw: JsonObject, styles: readonly Style[] = stylesOf.query): Encoding {
  const style = styles.find(each => each === raw.style) ?? styles[0] ?? 'form'
  return {
    style,
    explode: typeof raw.explode === 'boolean' ? raw.explode : explodes.has(style),
    ...(raw.allowReserved === true && { allowReserved: true }),
  }
}

const explodes: ReadonlySet<Style> = new Set<Style>(['form', 'cookie', 'deepObject'])

/** The name of a parameter; YAML makes a number of one that is digits. */
export function parameterName({ name }: JsonObject): unknown {
  return typeof name === 'number' ? String(name) : name
}

/** Says why a parameter of any version is left out; undefined when it is not. */
export function checkParameter(name: unknown, place: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return 'a parameter without a name is left out'
  const quoted = quote(name)
  if (typeof place !== 'string' || !Object.hasOwn(stylesOf, place)) return `parameter ${quoted} has no place we know`
  if (place !== 'header') return undefined
  if (isOfConnection(name) || reservedHeaders.test(name)) return `header ${quoted} is not for a caller to set`
  return isHeaderName(name) ? undefined : `header ${quoted} is not a legal header name`
}

function quote(name: unknown): string {
  return JSON.stringify(String(name).slice(0, 80))
}
