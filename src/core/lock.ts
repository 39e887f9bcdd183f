import { createHash } from 'node:crypto'
import type { JsonObject } from './json.ts'
import { isObject } from './json.ts'
import type { Tool } from './tool.ts'

/** What happens when a definition is not the one that was locked: nothing, a line in the log, or the tool is held back. */
export type LockMode = 'off' | 'warn' | 'enforce'

/** One tool as it was accepted. */
export type LockedTool = Readonly<{
  /** Its public name. */
  name: string
  /** Its name at the endpoint of its own source, where that is not simply `name` without the prefix. */
  ownName?: string
  /** From {@link hashDefinition}. */
  hash: string
}>

/** The tools of one source as they were accepted, by key. */
export type LockedSource = Readonly<{
  /** The digest of the entry in servers.json at that time: whoever changes the entry expects other definitions. */
  entry: string
  prefix: string
  tools: ReadonlyMap<string, LockedTool>
}>

/** `patchbay.lock.json`, parsed: source id to its tools. */
export type Lock = ReadonlyMap<string, LockedSource>

/** What the catalog needs of a lock to hold tools back. Without `locked` nothing of the source was accepted yet. */
export type SourceLock = Readonly<{
  mode: LockMode
  /** The digest of the entry now. */
  entry: string
  /** There is a lock file. */
  present: boolean
  locked?: LockedSource
}>

/** How the definitions of a source differ from those of another time, each a list of keys. */
export type DefinitionDiff = Readonly<{
  added: readonly string[]
  changed: readonly string[]
  removed: readonly string[]
}>

/**
 * The SHA-256 of what a model is told of a tool: key, name, description, schemas, annotations. The order of keys in its
 * objects means nothing.
 */
export function hashDefinition(key: string, tool: Tool): string {
  const known = hashes.get(tool)
  if (known?.key === key) return known.hash
  const { name, description, inputSchema, outputSchema, annotations } = tool
  const schema = withHashedDefinitions(inputSchema)
  const hash = hashOf(canonicalJson({ key, name, description, inputSchema: schema, outputSchema, annotations }))
  hashes.set(tool, { key, hash })
  return hash
}

/**
 * Thousands of tools share the definitions of their document, so each of these is hashed once, for all of them. Its hash
 * stands in an object: no definition can be written that looks like the hash of another one.
 */
function withHashedDefinitions(schema: JsonObject): JsonObject {
  if (!isObject(schema.$defs)) return schema
  const hashed = Object.entries(schema.$defs).map(([name, definition]) => {
    if (!isObject(definition)) return [name, definition]
    const known = definitionHashes.get(definition) ?? hashOf(canonicalJson(definition))
    definitionHashes.set(definition, known)
    return [name, { sha256: known }]
  })
  return { ...schema, $defs: Object.fromEntries(hashed) }
}

const definitionHashes = new WeakMap<JsonObject, string>()

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A definition is hashed once; a list that comes again brings new objects. */
const hashes = new WeakMap<Tool, Readonly<{ key: string; hash: string }>>()

/** JSON with the keys of every object in the order of their code units, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (isObject(inner) ? inOrder(inner) : inner)) ?? 'null'
}

/**
 * Says why a tool is held back; undefined when it is not.
 *
 * Only what is in the lock as it is now gets through, so a tool that nobody has seen yet is held back as well, and so is
 * everything where there is no lock.
 */
export function quarantineReason(lock: SourceLock | undefined, key: string, tool: Tool): string | undefined {
  if (lock?.mode !== 'enforce') return undefined
  const known = lock.locked?.tools.get(key)
  if (known === undefined) return lock.locked === undefined ? 'nothing of its source is locked yet' : 'it is new'
  return known.hash === hashDefinition(key, tool) ? undefined : 'its definition has changed'
}

/** Compares two sets of definitions, key to hash. */
export function compareDefinitions(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): DefinitionDiff {
  return {
    added: [...now.keys()].filter(key => !before.has(key)),
    changed: [...now].filter(([key, hash]) => before.has(key) && before.get(key) !== hash).map(([key]) => key),
    removed: [...before.keys()].filter(key => !now.has(key)),
  }
}

/** The tools of one source as they are now, ready to be locked. */
export function lockSource(
  entries: readonly Readonly<{ key: string; name: string; ownName: string; tool: Tool }>[],
  prefix: string,
  entry: string,
): LockedSource {
  const tools = entries.map(({ key, name, ownName, tool }): [string, LockedTool] => {
    const isPlain = ownName === name.slice(prefix.length + 2)
    return [key, { name, ...(!isPlain && { ownName }), hash: hashDefinition(key, tool) }]
  })
  return { entry, prefix, tools: new Map(tools) }
}

/** The hashes of a locked source, key to hash. */
export function hashesOf(locked: LockedSource): ReadonlyMap<string, string> {
  return new Map([...locked.tools].map(([key, { hash }]) => [key, hash]))
}

function inOrder(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = Object.keys(object)
  if (keys.every((key, at) => at === 0 || (keys[at - 1] ?? '') <= key)) return object
  return Object.fromEntries(keys.sort().map(key => [key, object[key]]))
}
