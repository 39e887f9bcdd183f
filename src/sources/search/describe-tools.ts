import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { CallToolResult } from '../../core/tool.ts'
import { errorResult, textResult } from '../../core/tool.ts'
import type { Permits } from '../../core/tool-source.ts'
import type { BoxedTool, Toolbox } from './toolbox.ts'

/** What a description needs. `nearest` gives the names that are most like one that nobody has. */
export type DescribeParts = Readonly<{
  box: Toolbox
  permits: Permits
  nearest: (name: string) => Promise<readonly string[]>
  maxBytes: number
}>

/** A name that nobody has, and those like it. */
type Unknown = Readonly<{ name: string; nearest: readonly string[] }>

const maxNames = 50
const maxShortDescription = 120

/**
 * Answers `describe`: the definitions of the tools named, as many of them as fit into `maxBytes`, and which did not. What
 * is said of the others counts too.
 *
 * A tool that is too large by itself is given without the inside of its arguments, and says so.
 *
 * @returns JSON text; a failure where nothing was found
 */
export async function describeTools(args: JsonObject, parts: DescribeParts): Promise<CallToolResult> {
  const names = readNames(args)
  if (names === undefined) return errorResult('"names" must be a list of names of tools, as "search" gave them.')
  const found = new Map<string, BoxedTool>()
  const unknown: Unknown[] = []
  for (const name of names.slice(0, maxNames)) {
    const tool = parts.box.find(name)
    if (tool !== undefined && parts.permits(tool)) found.set(tool.key, tool)
    else unknown.push({ name: name.slice(0, 128), nearest: await parts.nearest(name) })
  }
  const told = tellUnknown(unknown, parts.maxBytes / 4)
  const { tools, leftOut } = fitInto([...found.values()], parts.maxBytes - bytesOf(told))
  const hints = [
    ...(leftOut.length > 0 ? ['The answer would be too long; ask for the ones left out by themselves.'] : []),
    ...(told.length < unknown.length ? [`${unknown.length - told.length} more names are unknown.`] : []),
    ...(names.length > maxNames ? [`Only the first ${maxNames} names were looked up.`] : []),
  ]
  const answer = {
    tools,
    ...(told.length > 0 && { unknown: told }),
    ...(leftOut.length > 0 && { leftOut }),
    ...(hints.length > 0 && { hint: hints.join(' ') }),
  }
  const text = JSON.stringify(answer)
  return found.size === 0 ? errorResult(text) : textResult(text)
}

/** Models write one name where a list is asked for, under either word. */
function readNames({ names, name }: JsonObject): readonly string[] | undefined {
  const given = names ?? name
  const list = typeof given === 'string' ? [given] : given
  if (!Array.isArray(list) || list.length === 0) return undefined
  return list.every(each => typeof each === 'string') ? list : undefined
}

/** As many as fit: a list of wrong names must not take the room of the right ones. */
function tellUnknown(unknown: readonly Unknown[], maxBytes: number): readonly Unknown[] {
  let left = maxBytes
  return unknown.filter(each => {
    left -= bytesOf(each)
    return left >= 0
  })
}

/** In the order asked for; one that does not fit does not keep a smaller one out. */
function fitInto(wanted: readonly BoxedTool[], maxBytes: number): { tools: JsonObject[]; leftOut: string[] } {
  const forms = wanted.map(boxed => {
    const whole = sized(define(boxed, boxed.tool.inputSchema))
    return { name: boxed.name, ...(whole.bytes <= maxBytes ? whole : sized(shorten(boxed))) }
  })
  const choose = (room: number): { tools: JsonObject[]; leftOut: string[] } => {
    let left = room
    const isFitting = forms.map(({ bytes }) => {
      if (bytes > left) return false
      left -= bytes
      return true
    })
    return {
      tools: forms.flatMap(({ form }, at) => (isFitting[at] ? [form] : [])),
      leftOut: forms.flatMap(({ name }, at) => (isFitting[at] ? [] : [name])),
    }
  }
  const all = choose(maxBytes)
  return all.leftOut.length === 0 ? all : choose(maxBytes - bytesOf(wanted.map(({ name }) => name)))
}

function sized(form: JsonObject): { form: JsonObject; bytes: number } {
  return { form, bytes: bytesOf(form) }
}

function define({ name, tool }: BoxedTool, inputSchema: JsonObject): JsonObject {
  const { title, description, annotations } = tool
  return {
    name,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    inputSchema,
    ...(annotations !== undefined && { annotations }),
  }
}

function shorten(boxed: BoxedTool): JsonObject {
  const { inputSchema } = boxed.tool
  const properties = isObject(inputSchema.properties) ? inputSchema.properties : {}
  const shallow = Object.entries(properties).map(([name, schema]) => [name, shortenProperty(schema)])
  const { required } = inputSchema
  return {
    ...define(boxed, {
      type: 'object',
      properties: Object.fromEntries(shallow),
      ...(required !== undefined && { required }),
    }),
    shortened: 'The definition is too long; what its arguments hold was left out.',
  }
}

function shortenProperty(schema: unknown): JsonObject {
  if (!isObject(schema)) return {}
  const { type, description } = schema
  return {
    ...(type !== undefined && { type }),
    ...(typeof description === 'string' && { description: description.slice(0, maxShortDescription) }),
  }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
