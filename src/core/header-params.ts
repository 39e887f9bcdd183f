import { isHeaderName } from './header-name.ts'
import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'

/** An argument that a modern HTTP client repeats as the header `Mcp-Param-<name>`. `path` leads to it, key by key. */
export type HeaderParam = Readonly<{ name: string; path: readonly string[] }>

const known = new WeakMap<object, readonly HeaderParam[]>()

/**
 * Finds the properties of a tool's input schema that carry `x-mcp-header` (MCP 2026-07-28, SEP-2243). Looked for once in
 * each schema.
 */
export function headerParams(schema: unknown): readonly HeaderParam[] {
  if (!isObject(schema)) return []
  const before = known.get(schema)
  if (before !== undefined) return before
  const found = findHeaderParams(schema, [])
  known.set(schema, found)
  return found
}

function findHeaderParams(schema: unknown, path: readonly string[]): readonly HeaderParam[] {
  const properties = isObject(schema) ? schema.properties : undefined
  if (!isObject(properties)) return []
  return Object.entries(properties).flatMap(([key, property]) => {
    if (!isObject(property)) return []
    const name = property['x-mcp-header']
    const here = [...path, key]
    return typeof name === 'string' && isHeaderName(name) ? [{ name, path: here }] : findHeaderParams(property, here)
  })
}

/** The headers that go with these arguments; an absent or null argument has none. */
export function toParamHeaders(parameters: readonly HeaderParam[], args: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const { name, path } of parameters) {
    const value = path.reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), args)
    if (value !== undefined && value !== null) headers[`mcp-param-${name.toLowerCase()}`] = toHeaderValue(String(value))
  }
  return headers
}

/** Writes a text as a header value: plain when that is safe, else `=?base64?...?=` (SEP-2243, "Value encoding"). */
export function toHeaderValue(text: string): string {
  const plain =
    /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !(text.startsWith('=?base64?') && text.endsWith('?='))
  return plain ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`
}

/** Reads a header value written by {@link toHeaderValue}. */
export function fromHeaderValue(value: string): string {
  const encoded = /^=\?base64\?([A-Za-z0-9+/=]*)\?=$/.exec(value)?.[1]
  return encoded === undefined ? value : Buffer.from(encoded, 'base64').toString('utf8')
}
