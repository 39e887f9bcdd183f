/** Inside camelCase: where one word ends and the next begins. */
const hump = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
const asciiHump = /(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/
const runs = /[\p{L}\p{N}]+/gu
/** Nearly every text, and several times as fast. */
const asciiRuns = /[A-Za-z0-9]+/g

/** Scripts that put no space between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** Words of questions, not of tools: `how do I create an issue in a repository`. */
const fillers = new Set(
  'a an and any are as at be by can do does for from how i if in into is it its me my of on or please that the their this to via want what when which with you your'.split(
    ' ',
  ),
)

/**
 * Splits a name or a text into its words: `listIssues`, `list_issues`, `issues/list` and "List issues" have the same
 * ones. What camelCase joins is also kept whole (`GitHub` gives `GitHub`, `Git` and `Hub`), and a script without spaces
 * is cut into pairs of characters.
 */
export function splitWords(text: string): string[] {
  const ascii = isAscii(text)
  const plain = ascii ? text : text.normalize('NFKD').replace(/\p{M}/gu, '')
  const words: string[] = []
  for (const run of plain.match(ascii ? asciiRuns : runs) ?? []) {
    if (!ascii && unspaced.test(run)) words.push(...pairs(run))
    else {
      words.push(run)
      const inside = ascii && !/[A-Z]/.test(run.slice(1)) ? [] : run.split(ascii ? asciiHump : hump)
      if (inside.length > 1) words.push(...inside)
    }
  }
  return words
}

/** A word as it is looked up: lower case, singular; null for one that says nothing. */
export function toTerm(word: string): string | null {
  const lower = word.toLowerCase()
  if (fillers.has(lower)) return null
  if (lower.length > 4 && lower.endsWith('ies')) return `${lower.slice(0, -3)}y`
  return lower.length > 3 && /[^siu]s$/.test(lower) ? lower.slice(0, -1) : lower
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
  return /^[\x00-\x7f]*$/.test(text)
}

function pairs(run: string): string[] {
  const characters = [...run]
  if (characters.length < 3) return [run]
  return characters.slice(1).map((second, index) => `${characters[index]}${second}`)
}
