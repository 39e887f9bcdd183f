import { randomBytes } from 'node:crypto'

/** A new id of an answer, which nobody can guess. */
export function newResponseId(): string {
  return `resp_${randomBytes(16).toString('hex')}`
}

/** Where the items of a caller's input begin to be counted, when an answer is kept; its own begin at 0. */
export const firstInputIndex = 0x80000

/**
 * The id of an item of an answer. It tells the answer that it is of, so that a reference to an item alone is enough to find
 * it, and of calls the id that the model knows them by, so that they can be told apart when they come back.
 *
 * @param prefix - the kind of item: `msg`, `rs`, `fc`, `mcp`, `mcpl`, `mcpr`, ...
 */
export function toItemId(responseId: string, prefix: string, index: number, callId?: string): string {
  const place = responseId.slice('resp_'.length) + index.toString(16).padStart(5, '0')
  return `${prefix}_${place}${callId === undefined ? '' : `_${callId}`}`
}

/** What an item's id tells; undefined for an id that is not ours. */
export function readItemId(id: string): Readonly<{ responseId: string; callId?: string }> | undefined {
  const [, place, callId] = /^[a-z]+_([0-9a-f]{32})[0-9a-f]{5}(?:_(.+))?$/s.exec(id) ?? []
  return place === undefined ? undefined : { responseId: `resp_${place}`, ...(callId !== undefined && { callId }) }
}

/** The id that the model knows a call by. Of a call that somebody else had run its item's id stands for it. */
export function callIdOf(itemId: string): string {
  return readItemId(itemId)?.callId ?? itemId
}
