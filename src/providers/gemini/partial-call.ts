import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'

/** A call on its way. `args` has no prototype, so that no name of an argument means anything to the language. */
export type CallDraft = {
  readonly name: string
  readonly id: string | undefined
  readonly args: Record<string, unknown>
  /** More of the call is announced. */
  isOpen: boolean
  /** The text that the next piece goes on with. */
  openText: string | undefined
}

/** Begins a call with its first piece, which most of the time is all of it. */
export function beginCall(name: string, piece: JsonObject): CallDraft {
  const id = typeof piece.id === 'string' && piece.id !== '' ? piece.id : undefined
  const draft: CallDraft = { name, id, args: Object.create(null), isOpen: true, openText: undefined }
  extendCall(draft, piece)
  return draft
}

/**
 * Adds a piece of a call: whole `args`, or `partialArgs`, each a value at a JSONPath (RFC 9535, normalized paths),
 * where a text may come in several (Vertex with `streamFunctionCallArguments`).
 *
 * @throws RangeError for a path that leads nowhere
 */
export function extendCall(draft: CallDraft, piece: JsonObject): void {
  if (isObject(piece.args)) for (const [key, value] of Object.entries(piece.args)) draft.args[key] = value
  for (const part of Array.isArray(piece.partialArgs) ? piece.partialArgs.filter(isObject) : []) addPart(draft, part)
  draft.isOpen = piece.willContinue === true
}

function addPart(draft: CallDraft, part: JsonObject): void {
  const { jsonPath, stringValue, numberValue, boolValue } = part
  if (typeof jsonPath !== 'string') throw new RangeError('an argument has no path')
  const value = stringValue ?? numberValue ?? boolValue ?? (part.nullValue === undefined ? undefined : null)
  const goesOn = draft.openText === jsonPath
  draft.openText = typeof stringValue === 'string' && part.willContinue === true ? jsonPath : undefined
  if (value === undefined) return
  setAt(draft.args, readPath(jsonPath), before =>
    goesOn && typeof before === 'string' && typeof value === 'string' ? before + value : value,
  )
}

const maxPathSteps = 64

/** The steps behind `$`: names and indexes. */
function readPath(path: string): (string | number)[] {
  const step = /\.([^.[\]]+)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y
  const steps: (string | number)[] = []
  let at = path.startsWith('$') ? 1 : -1
  while (at >= 0 && at < path.length && steps.length <= maxPathSteps) {
    step.lastIndex = at
    const found = step.exec(path)
    if (found === null) break
    const [, plain, index, single, double] = found
    steps.push(index === undefined ? (plain ?? readEscapes(single ?? double ?? '')) : Number(index))
    at = step.lastIndex
  }
  if (at !== path.length || typeof steps[0] !== 'string' || steps.length > maxPathSteps) throw wrongPath(path)
  return steps
}

/** Sets a value, making the objects and lists on the way; a list only grows at its end. */
function setAt(root: Record<string, unknown>, steps: (string | number)[], change: (before: unknown) => unknown): void {
  let node: Record<string, unknown> | unknown[] = root
  steps.forEach((step, index) => {
    if (typeof step === 'number' ? !Array.isArray(node) || step > node.length : Array.isArray(node)) {
      throw wrongPath(steps.join('.'))
    }
    const holder = node as Record<string | number, unknown>
    const next = steps[index + 1]
    if (next === undefined) {
      holder[step] = change(holder[step])
      return
    }
    const child = holder[step] ?? (typeof next === 'number' ? [] : (Object.create(null) as Record<string, unknown>))
    if (typeof child !== 'object') throw wrongPath(steps.join('.'))
    holder[step] = child
    node = child as Record<string, unknown> | unknown[]
  })
}

function readEscapes(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code?: string, sign?: string) =>
    code === undefined ? (controls[sign ?? ''] ?? sign ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
  )
}

const controls: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})

function wrongPath(path: string): RangeError {
  return new RangeError(`an argument's path leads nowhere: ${path.slice(0, 80)}`)
}
