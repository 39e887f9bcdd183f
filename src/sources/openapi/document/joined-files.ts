import type { JsonObject } from '../../../core/json.ts'

/** What a reference leads to, or why it leads nowhere. */
export type Resolved = Readonly<{ ok: true; value: unknown }> | Unresolved

/** A reference that leads nowhere; `why` ends a sentence that begins with the reference. */
export type Unresolved = Readonly<{
  ok: false
  code: 'REF_REMOTE' | 'REF_UNREADABLE' | 'REF_MISSING' | 'REF_CYCLE'
  ref: string
  why?: string
}>

/**
 * The key of a document under which the files that it refers to are joined to it, by their path from its own directory.
 * References to them have become pointers below it, so whoever follows references need not know of files.
 */
export const filesKey = 'x-patchbay-files'

/** What is known of the files of a document besides their content. */
const joined = new WeakMap<JsonObject, ReadonlyMap<string, string>>()

/** Notes that a document's files were looked for. `failures`: why one was not read, by its path; ends a sentence. */
export function noteJoined(document: JsonObject, failures: ReadonlyMap<string, string>): void {
  joined.set(document, failures)
}

/** Whether the document's files were looked for; if not, its entry does not allow them. */
export function wasJoined(document: JsonObject): boolean {
  return joined.has(document)
}

/** Why a file was not read; undefined when it was, or was never asked for. */
export function readFailure(document: JsonObject, file: string): string | undefined {
  return joined.get(document)?.get(file)
}

/**
 * The fragment of a reference that names the document itself by its own `$self` (OpenAPI 3.2, OpenAPI Object, "$self");
 * undefined for every other.
 */
export function ownFragment(document: JsonObject, ref: string): string | undefined {
  if (typeof document.$self !== 'string') return undefined
  // Where the document was found does not matter: both are relative to it, or neither is.
  const self = URL.parse(document.$self, 'relative://here/')
  const target = self && URL.parse(ref, self.href)
  if (!self || !target) return undefined
  const { hash } = target
  self.hash = ''
  target.hash = ''
  return self.href === target.href ? hash || '#' : undefined
}
