/** Shorter values cost less to write again than to look for. */
const minLength = 1_024

const texts = new WeakMap<object, string>()

/**
 * Remembers the text that an object was read from, so that whoever passes it on whole need not write it again: it goes on
 * as it came, with every digit of its numbers. Copies and changed objects are others, and have no text.
 *
 * @param text - exactly that object in JSON; one with line breaks or space around it is not remembered, since an event of
 *   a stream, or a message over stdio, is one line
 */
export function rememberText(value: object, text: string): void {
  if (text.length < minLength || !text.startsWith('{') || !text.endsWith('}')) return
  if (!text.includes('\n') && !text.includes('\r')) texts.set(value, text)
}

/** An object in JSON: its remembered text, or written anew. Never longer than one line. */
export function writeJson(value: object): string {
  return texts.get(value) ?? JSON.stringify(value)
}
