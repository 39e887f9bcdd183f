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
    const value = path.reduce<unknown>(
      (node, key) => (isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined),
      args,
    )
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

/** Reads a header value written by {@link toHeaderValue}. What is no whole Base64 inside stands for itself. */
export function fromHeaderValue(value: string): string {
  const encoded = /^=\?base64\?([A-Za-z0-9+/=]*)\?=$/.exec(value)?.[1]
  if (encoded === undefined) return value
  const bytes = Buffer.from(encoded, 'base64')
  return bytes.toString('base64') === encoded ? bytes.toString('utf8') : value
}

/**
 * Says what is wrong with the `x-mcp-header` marks of a tool, for which a client over HTTP must leave it out (SEP-2243):
 * a name that no header may have, or that two have, or a mark on what is no text, whole number or truth value.
 *
 * @returns undefined where nothing is
 */
export function headerMarkProblem(schema: unknown): string | undefined {
  const names = new Set<string>()
  const check = (node: unknown): string | undefined => {
    const properties = isObject(node) && isObject(node.properties) ? Object.values(node.properties) : []
    for (const property of properties) {
      if (!isObject(property)) continue
      const problem = 'x-mcp-header' in property ? checkMark(property) : check(property)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  const checkMark = ({ 'x-mcp-header': name, type }: JsonObject): string | undefined => {
    if (typeof name !== 'string' || !isHeaderName(name)) return 'has an x-mcp-header that is no name of a header'
    if (!['string', 'integer', 'boolean'].includes(String(type))) return 'has an x-mcp-header on what is no plain value'
    if (names.has(name.toLowerCase())) return 'has the same x-mcp-header twice'
    names.add(name.toLowerCase())
    return undefined
  }
  return check(schema)
}
