import { isObject } from '../../../core/json.ts'
import type { Encoding, Style } from '../document/operation.ts'

/** How 3.x and 2.0 join the items of a list, percent-encoded (OpenAPI 3.1.1, "Style Examples"). */
const delimiters: ReadonlyMap<Style, string> = new Map<Style, string>([
  ['spaceDelimited', '%20'],
  ['pipeDelimited', '%7C'],
  ['tabDelimited', '%09'],
])

/** Objects with brackets, lists repeated: what forms expect where the document says nothing. */
const formObject: Encoding = { style: 'deepObject', explode: true }
const formValue: Encoding = { style: 'form', explode: true }

/**
 * Writes one value into a query, a cookie or a form.
 *
 * @param encoding - absent for a form's field without an Encoding Object
 * @returns `name=value` pairs, percent-encoded; none for null, an empty list and an empty object
 */
export function toPairs(name: string, value: unknown, encoding?: Encoding): readonly string[] {
  const { style, explode, json, allowReserved } = encoding ?? (isObject(value) ? formObject : formValue)
  const encode = allowReserved ? encodeReserved : encodeText
  const pair = (key: string, text: string) => `${encodeText(key)}=${text}`
  if (value === null || value === undefined) return []
  if (json) return [pair(name, encode(JSON.stringify(value)))]
  if (style === 'deepObject') return deepPairs(name, value).map(([key, text]) => pair(key, encode(text)))
  const delimiter = delimiters.get(style) ?? ','
  if (Array.isArray(value)) {
    const items = value.filter(isGiven).map(item => encode(toText(item)))
    if (explode) return items.map(item => pair(name, item))
    return items.length === 0 ? [] : [pair(name, items.join(delimiter))]
  }
  if (isObject(value)) {
    const entries = Object.entries(value).filter(([, each]) => isGiven(each))
    if (explode) return entries.flatMap(([key, each]) => toPairs(key, each, formValueOf(each)))
    const items = entries.flatMap(([key, each]) => [encode(key), encode(toText(each))])
    return items.length === 0 ? [] : [pair(name, items.join(delimiter))]
  }
  return [pair(name, encode(toText(value)))]
}

/** Writes one value into a path: `simple` (the default), `label` (`.a`) or `matrix` (`;name=a`), percent-encoded. */
export function toPathText(name: string, value: unknown, { style, explode, json }: Encoding): string {
  if (json) return encodeText(JSON.stringify(value))
  const delimiter = delimiters.get(style)
  if (delimiter !== undefined) return toItems(value, false, encodeText).join(delimiter)
  const items = toItems(value, explode, encodeText)
  if (style === 'label') return items.map((item, index) => (index === 0 || explode ? `.${item}` : `,${item}`)).join('')
  if (style !== 'matrix') return items.join(',')
  const key = encodeText(name)
  if (!explode) return `;${key}=${items.join(',')}`
  return items.map(item => (isObject(value) ? `;${item}` : `;${key}=${item}`)).join('')
}

/** Writes one value into a header (`simple`), where nothing is encoded; the caller checks the characters. */
export function toHeaderText(value: unknown, { explode, json }: Encoding): string {
  return json ? JSON.stringify(value) : toItems(value, explode, text => text).join(',')
}

function toItems(value: unknown, explode: boolean, encode: (text: string) => string): readonly string[] {
  if (Array.isArray(value)) return value.filter(isGiven).map(item => encode(toText(item)))
  if (!isObject(value)) return [encode(toText(value))]
  return Object.entries(value)
    .filter(([, each]) => isGiven(each))
    .flatMap(([key, each]) => {
      const pair = [encode(key), encode(toText(each))]
      return explode ? [pair.join('=')] : pair
    })
}

/** `a[b]=c`, nested as deep as the value; lists as `a[]=c`. The specification leaves both to practice (Stripe, Rails). */
function deepPairs(name: string, value: unknown): readonly [string, string][] {
  if (!isGiven(value)) return []
  if (Array.isArray(value)) return value.flatMap(item => deepPairs(`${name}[]`, item))
  if (!isObject(value)) return [[name, toText(value)]]
  return Object.entries(value).flatMap(([key, each]) => deepPairs(`${name}[${key}]`, each))
}

/** An exploded object's own values: lists repeat, objects are JSON text. */
function formValueOf(value: unknown): Encoding {
  return isObject(value) ? { ...formValue, json: true } : formValue
}

function isGiven(value: unknown): boolean {
  return value !== null && value !== undefined
}

function toText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function encodeText(text: string): string {
  // A lone surrogate would make encodeURIComponent throw.
  return encodeURIComponent(text.toWellFormed())
}

/** Keeps what RFC 6570 reserves, except what would end the value or the query: `&`, `=`, `#`, `+`, `%`. */
function encodeReserved(text: string): string {
  return encodeText(text).replace(/%(3A|2F|3F|40|24|2C|3B|5B|5D)/g, decodeURIComponent)
}
