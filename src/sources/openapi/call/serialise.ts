import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { ArrayFormat } from '../../../core/source-config.ts'
import { isJsonType } from '../document/media-type.ts'
import type { Encoding, FieldEncoding, Style } from '../document/operation.ts'
import { encodeReserved, encodeText } from './encode-text.ts'
import { exactNumber } from './exact-numbers.ts'

/** How 3.x and 2.0 join the items of a list, besides by comma (OpenAPI 3.1.1, "Style Examples"). */
const delimiters: ReadonlyMap<Style, string> = new Map<Style, string>([
  ['spaceDelimited', ' '],
  ['pipeDelimited', '|'],
  ['tabDelimited', '\t'],
])

/** Objects with brackets, lists repeated: what forms expect where the document says nothing. */
const formObject: Encoding = { style: 'deepObject', explode: true }
const formValue: Encoding = { style: 'form', explode: true }
const jsonValue: Encoding = { style: 'form', explode: true, content: 'json' }

/**
 * Writes one value into a query, a cookie or a form.
 *
 * @param encoding - absent for a form's field of which the document says nothing
 * @param format - how lists below a `deepObject` are written
 * @returns `name=value` pairs, percent-encoded; none for null, an empty list and an empty object
 */
export function toPairs(name: string, value: unknown, encoding?: Encoding, format?: ArrayFormat): readonly string[] {
  const encode = encoding?.allowReserved ? encodeReserved : encodeText
  return toFields(name, value, encoding, format, encode).map(([key, text]) => `${encodeText(key)}=${text}`)
}

/**
 * {@link toPairs} before it is joined: names as they are, values as `encode` leaves them. A multipart form encodes
 * nothing, neither does the `cookie` style.
 */
export function toFields(
  name: string,
  value: unknown,
  encoding: Encoding | undefined,
  format: ArrayFormat = 'brackets',
  encode: (text: string) => string = text => text,
): readonly (readonly [name: string, text: string])[] {
  if (!isGiven(value)) return []
  const { style, explode, content, fields, inner } = encoding ?? (isObject(value) ? formObject : formValue)
  if (content !== undefined) return [[name, encode(toContent(value, { content, fields }, format))]]
  if (style === 'deepObject') return deepPairs(name, value, format).map(([key, text]) => [key, encode(text)])
  if (Array.isArray(value)) {
    const items = value.filter(isGiven).map(item => encode(itemText(item, inner)))
    if (explode) return items.map(item => [name, item])
    return items.length === 0 ? [] : [[name, items.join(delimiterOf(style, encode))]]
  }
  if (!isObject(value)) return [[name, encode(toText(value))]]
  const entries = Object.entries(value).filter(([, each]) => isGiven(each))
  if (explode) {
    return entries.flatMap(([key, each]) => toFields(key, each, isObject(each) ? jsonValue : formValue, format, encode))
  }
  const items = entries.flatMap(([key, each]) => [encode(key), encode(toText(each))])
  return items.length === 0 ? [] : [[name, items.join(delimiterOf(style, encode))]]
}

/**
 * Writes one value into a path: `simple` (the default), `label` (`.a`) or `matrix` (`;name=a`), percent-encoded.
 *
 * Slashes stay only where a value may be several segments; the caller refuses those that would lead elsewhere.
 */
export function toPathText(name: string, value: unknown, encoding: Encoding): string {
  const { style, explode, content, fields, allowReserved, multiSegment } = encoding
  const plain = allowReserved ? (text: string) => encodeReserved(text, true) : encodeText
  const encode = multiSegment ? (text: string) => text.split('/').map(plain).join('/') : plain
  if (content !== undefined) return encode(toContent(value, { content, fields }))
  if (delimiters.has(style))
    return toItems(value, { ...encoding, explode: false }, encode).join(delimiterOf(style, encode))
  const items = toItems(value, encoding, encode)
  if (style === 'label') return items.map((item, index) => (index === 0 || explode ? `.${item}` : `,${item}`)).join('')
  if (style !== 'matrix') return items.join(',')
  const key = encodeText(name)
  // RFC 6570, section 3.2.7: an empty value has no `=`.
  const set = (text: string) => (text === '' ? `;${key}` : `;${key}=${text}`)
  if (!explode) return set(items.join(','))
  return items.map(item => (isObject(value) ? `;${item}` : set(item))).join('')
}

/** Writes one value into a header (`simple`), where nothing is encoded; the caller checks the characters. */
export function toHeaderText(value: unknown, encoding: Encoding): string {
  const { style, content, fields } = encoding
  if (content === 'json') return toAsciiJson(value)
  if (content !== undefined) return toContent(value, { content, fields })
  return toItems(value, encoding, text => text).join(delimiters.get(style) ?? ',')
}

/** The whole value in a media type of its own. */
export function toContent(
  value: unknown,
  { content, fields }: Readonly<{ content: NonNullable<Encoding['content']>; fields: Encoding['fields'] }>,
  format?: ArrayFormat,
): string {
  if (content === 'json') return toJson(value)
  if (content === 'text' || !isObject(value)) return toText(value)
  return Object.entries(value)
    .flatMap(([name, each]) => toPairs(name, each, formEncoding(fields?.get(name)), format))
    .join('&')
}

/** A field with a JSON content type is written as JSON text (OpenAPI 3.1, Encoding Object). */
export function formEncoding(field: FieldEncoding | undefined): Encoding | undefined {
  if (field?.encoding !== undefined || field?.contentType === undefined) return field?.encoding
  return isJsonType(field.contentType) ? jsonValue : undefined
}

/** JSON, in which every bigint keeps its digits. */
export function toJson(value: unknown): string {
  return hasBigInt(value) ? JSON.stringify(value, keepDigits) : JSON.stringify(value)
}

function hasBigInt(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint'
  if (Array.isArray(value)) return value.some(hasBigInt)
  for (const key in value) if (hasBigInt((value as JsonObject)[key])) return true
  return false
}

function keepDigits(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? exactNumber(String(value)) : value
}

/** Numbers and booleans as JSON writes them, text as it is, anything else as JSON. */
export function toText(value: unknown): string {
  return typeof value === 'object' ? toJson(value) : String(value)
}

function toItems(
  value: unknown,
  { explode, inner }: Pick<Encoding, 'explode' | 'inner'>,
  encode: (text: string) => string,
): readonly string[] {
  if (Array.isArray(value)) return value.filter(isGiven).map(item => encode(itemText(item, inner)))
  if (!isObject(value)) return [encode(toText(value))]
  return Object.entries(value)
    .filter(([, each]) => isGiven(each))
    .flatMap(([key, each]) => {
      const pair = [encode(key), encode(toText(each))]
      return explode ? [pair.join('=')] : pair
    })
}

function itemText(item: unknown, inner: Encoding | undefined): string {
  if (inner === undefined || !Array.isArray(item)) return toText(item)
  const texts = item.filter(isGiven).map(each => itemText(each, inner.inner))
  return texts.join(delimiters.get(inner.style) ?? ',')
}

/** A comma stands as it is, so that it differs from one inside an item; the others have to be encoded in any case. */
function delimiterOf(style: Style, encode: (text: string) => string): string {
  const delimiter = delimiters.get(style)
  return delimiter === undefined ? ',' : encode(delimiter)
}

/**
 * `a[b]=c`, nested as deep as the value. The specification leaves lists to practice: `a[]=` (Rails, PHP), but `a[0][b]=`
 * for lists of objects, since `a[][b]=` does not say where the next object begins; `a[0]=` or `a=` where so configured.
 */
function deepPairs(name: string, value: unknown, format: ArrayFormat): readonly (readonly [string, string])[] {
  if (!isGiven(value)) return []
  if (Array.isArray(value)) {
    const suffix = (item: unknown, index: number) => {
      if (format === 'indices' || typeof item === 'object') return `[${index}]`
      return format === 'brackets' ? '[]' : ''
    }
    return value.filter(isGiven).flatMap((item, index) => deepPairs(name + suffix(item, index), item, format))
  }
  if (!isObject(value)) return [[name, toText(value)]]
  return Object.entries(value).flatMap(([key, each]) => deepPairs(`${name}[${key}]`, each, format))
}

/** RFC 8259, section 7: any character of JSON can be written in ASCII, which is all that a header is sure to carry. */
function toAsciiJson(value: unknown): string {
  return toJson(value).replace(
    /[^\x20-\x7e]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined
}
