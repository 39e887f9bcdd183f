import type { JsonObject } from './json.ts'

/** What an MCP server lists besides tools, by the field of the list's result. */
export const itemKinds = ['prompts', 'resources', 'resourceTemplates'] as const

/** One of {@link itemKinds}. */
export type ItemKind = (typeof itemKinds)[number]

/** A prompt, resource or resource template as MCP describes it, unknown fields kept. */
export type Item = JsonObject

/** What identifies an item within its source, and so what a request names: a name, a URI, or a template of URIs. */
export function keyOfItem(kind: ItemKind, item: Item): string {
  return String(kind === 'prompts' ? item.name : kind === 'resources' ? item.uri : item.uriTemplate)
}
