/** Control and format characters, except line break and tab, and the two joiners that scripts and emoji need. */
const invisible = /[[\p{Cc}\p{Cf}]--[\n\t\u200c\u200d]]/gv

/**
 * Makes a document's text fit to be shown to a model and to people: what cannot be seen is removed (terminal escapes,
 * text direction overrides, Unicode tags), since instructions hide there.
 *
 * @param maxLength - in UTF-16 units; what is longer is cut and ends in an ellipsis
 */
export function cleanText(text: string, maxLength: number): string {
  const clean = text.replace(invisible, '')
  if (clean.length <= maxLength) return clean
  return `${clean.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
