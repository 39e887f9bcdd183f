/** Words that say nothing about which tool is meant. */
const stopWords = new Set(
  'a an the of to for and or is are was be by in on at it its this that with me my i you your please can could would do does what there have has from into tool tools call use using about how many much some any'.split(
    ' ',
  ),
)

/**
 * Everyday verbs and what APIs call the same thing: a general table, not one for particular tools. Each row is one
 * meaning; a word may stand in several.
 */
const meanings: readonly (readonly string[])[] = [
  ['list', 'show', 'all', 'which', 'browse', 'enumerate'],
  ['find', 'search', 'query', 'lookup', 'which', 'list'],
  ['get', 'fetch', 'read', 'retrieve', 'show', 'open'],
  ['create', 'add', 'new', 'make', 'insert', 'register', 'post'],
  ['sum', 'add', 'plus', 'total', 'addition'],
  ['delete', 'remove', 'drop', 'erase'],
  ['update', 'change', 'edit', 'modify', 'set'],
  ['send', 'post', 'submit'],
  ['echo', 'repeat', 'say'],
]

/** The words of a text or an identifier, lower case, in order: `getBook`, `get-book` and "Get book" give the same. */
export function toWords(text: string): readonly string[] {
  return (
    text
      .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/\p{L}+|\d+/gu)
      ?.map(stem) ?? []
  )
}

/** The words that carry meaning. */
export function contentWords(text: string): readonly string[] {
  return toWords(text).filter(word => !stopWords.has(word) && !/^\d+$/.test(word))
}

/** How alike two words are: 1 for the same, less for the same meaning, 0 for strangers. */
export function likeness(a: string, b: string): number {
  if (a === b) return 1
  return meanings.some(row => row.includes(a) && row.includes(b)) ? 0.6 : 0
}

/** Takes a plural's ending off; more would need a dictionary. */
function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`
  return word.length > 3 && /[^su]s$/.test(word) ? word.slice(0, -1) : word
}
