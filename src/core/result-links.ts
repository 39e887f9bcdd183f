import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'
import type { Tool } from './tool.ts'

/** The URI under which the reader of a result reaches what its source calls so. */
export type PublicUri = (uri: string) => string

/** Different links of one result. */
const maxLinks = 2_000

/**
 * Rewrites the links of a result to what they are called in public: `resource_link` and embedded `resource` blocks of a
 * tool's `content`, the contents that `resources/read` gives, and the messages of a prompt.
 *
 * @returns the same object where nothing changes; past {@link maxLinks} different links the rest stay as they are
 */
export function withPublicLinks<Result extends JsonObject>(result: Result, ask: PublicUri): Result {
  let asked: Map<string, string> | undefined
  /** One URI stands in many places, and each place is looked at twice. */
  const publicUri = (uri: string): string => {
    asked ??= new Map()
    const known = asked
    const before = known.get(uri)
    if (before !== undefined) return before
    // So many are looked up at most: whoever has more can hardly be read by anyone.
    const found = known.size < maxLinks ? ask(uri) : uri
    known.set(uri, found)
    return found
  }
  const changed: Record<string, unknown> = {}
  const change = (field: string, value: unknown): void => {
    if (value !== result[field]) changed[field] = value
  }
  change(
    'content',
    mapSame(result.content, block => withBlockLink(block, publicUri)),
  )
  change(
    'contents',
    mapSame(result.contents, contents => withUri(contents, publicUri)),
  )
  change(
    'messages',
    mapSame(result.messages, message => withField(message, 'content', content => withBlockLink(content, publicUri))),
  )
  return Object.keys(changed).length === 0 ? result : { ...result, ...changed }
}

/** As {@link withPublicLinks}, also for the result that stands in a task of the modern era (SEP-2663, "Task Polling"). */
export function withTaskLinks(task: JsonObject, ask: PublicUri): JsonObject {
  const whole = withPublicLinks(task, ask)
  if (!isObject(whole.result)) return whole
  const result = withPublicLinks(whole.result, ask)
  return result === whole.result ? whole : { ...whole, result }
}

/** The `ui://` resources that a tool is shown with, by the fields of MCP Apps (SEP-1865) and of those before it. */
export function uiUrisOf({ _meta: meta }: Tool): readonly string[] {
  if (meta === undefined) return []
  const ui = isObject(meta.ui) ? meta.ui.resourceUri : undefined
  return [ui, ...flatUiFields.map(field => meta[field])].filter(uri => typeof uri === 'string')
}

/** The tool with these URIs as they are called in public; the same object where nothing changes. */
export function withUiUris(tool: Tool, publicUri: PublicUri): Tool {
  if (uiUrisOf(tool).every(uri => publicUri(uri) === uri)) return tool
  let meta = withField(tool._meta, 'ui', ui => withField(ui, 'resourceUri', uri => mapText(uri, publicUri)))
  for (const field of flatUiFields) meta = withField(meta, field, uri => mapText(uri, publicUri))
  return { ...tool, _meta: meta as JsonObject }
}

const flatUiFields = ['ui/resourceUri', 'openai/outputTemplate'] as const

function withBlockLink(block: unknown, publicUri: PublicUri): unknown {
  if (!isObject(block)) return block
  if (block.type === 'resource_link') return withUri(block, publicUri)
  return block.type === 'resource' ? withField(block, 'resource', resource => withUri(resource, publicUri)) : block
}

function withUri(value: unknown, publicUri: PublicUri): unknown {
  return withField(value, 'uri', uri => mapText(uri, publicUri))
}

function withField(value: unknown, field: string, map: (value: unknown) => unknown): unknown {
  if (!isObject(value) || value[field] === undefined) return value
  const mapped = map(value[field])
  return mapped === value[field] ? value : { ...value, [field]: mapped }
}

function mapText(value: unknown, map: (text: string) => string): unknown {
  return typeof value === 'string' ? map(value) : value
}

/** The list with each element mapped; the same list where none changes, and anything else as it is. */
function mapSame(value: unknown, map: (each: unknown) => unknown): unknown {
  if (!Array.isArray(value)) return value
  // Nearly always nothing changes, and every result of a tool comes through here.
  return value.some(each => map(each) !== each) ? value.map(map) : value
}
