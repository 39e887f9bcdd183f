import { contentWords, likeness, toWords } from './demo-words.ts'

/** A sentence out of which values are taken; what was taken is not there any more. */
export type Sentence = Readonly<{
  /** The value of `name=value` or `name: value`. */
  takePair(name: string): string | undefined
  /** One of the values, where it stands as a word of its own. */
  takeWord(values: readonly unknown[]): unknown
  /** The number right after a name, or right before it ("5 per page" for `page` is not taken, "limit 5" is). */
  takeNumberAfter(name: string): number | undefined
  /** The quoted or capitalised words, or the number, right after one of the words. */
  takeTextAfter(words: readonly string[]): string | undefined
  takeNumber(): number | undefined
  /** A number, as text: for ids that are texts. */
  takeNumberText(): string | undefined
  takeQuoted(): string | undefined
  /** What is left, without the words in front that named the tool; undefined when nothing is. */
  takeRest(): string | undefined
  /** What one would type into a search box: quoted or capitalised words, or those left that carry meaning. */
  takeSearch(): string | undefined
  /** Takes the words of a name; true when they were there. */
  takeName(name: string): boolean
}>

/** Makes a {@link Sentence}. `toolWords` are the words of the tool's name: they named the tool and are no value. */
export function readSentence(sentence: string, toolWords: readonly string[]): Sentence {
  let left = sentence.trim().replace(/[?!.\s]+$/u, '')
  const take = (pattern: RegExp): string | undefined => {
    const match = pattern.exec(left)
    if (match === null) return undefined
    left = `${left.slice(0, match.index)} ${left.slice(match.index + match[0].length)}`.trim()
    return match.slice(1).find(group => group !== undefined) ?? match[0]
  }
  const number = String.raw`-?\d+(?:\.\d+)?`
  const quoted = String.raw`["“]([^"”]*)["”]|(?<!\p{L})['‘]([^'’]*)['’](?!\p{L})`
  const capitalised = String.raw`(\p{Lu}[\p{L}\p{N}.'’-]*(?:\s+(?:(?:of|de|van|von|la|le|the)\s+)*\p{Lu}[\p{L}\p{N}.'’-]*)*)`
  const takeNumberText = (): string | undefined =>
    take(new RegExp(String.raw`(?<![\p{L}\d])${number}(?![\p{L}\d])`, 'u'))

  const isToolWord = (word: string): boolean =>
    toWords(word).every(part => fillers.has(part) || toolWords.some(other => likeness(part, other) > 0))

  return {
    takePair: name =>
      take(new RegExp(String.raw`(?<!\p{L})${literal(name)}\s*[=:]\s*(?:${quoted}|([^\s;]+?)(?=[,;]?(?:\s|$)))`, 'iu')),
    takeWord(values) {
      const hit = values.find(value => has(left, String(value)))
      if (hit !== undefined) take(whole(String(hit)))
      return hit
    },
    takeNumberAfter(name) {
      const text = take(
        new RegExp(String.raw`(?<!\p{L})${spaced(name)}s?\s+(?:is\s+|of\s+)?(${number})(?![\p{L}\d])`, 'iu'),
      )
      return text === undefined ? undefined : Number(text)
    },
    takeTextAfter(words) {
      const cue = words.map(literal).join('|')
      const found = take(new RegExp(String.raw`(?<!\p{L})(?:${cue})\s+(?:${quoted})`, 'iu'))
      // Case matters for the capitals, so the cue is spelled both ways instead of ignoring case.
      return (
        found ??
        take(
          new RegExp(
            String.raw`(?<!\p{L})(?:${cue}|${words.map(capital).map(literal).join('|')})\s+${capitalised}`,
            'u',
          ),
        )
      )
    },
    takeNumber() {
      const text = takeNumberText()
      return text === undefined ? undefined : Number(text)
    },
    takeNumberText,
    takeQuoted: () => take(new RegExp(quoted, 'u')),
    takeRest() {
      const words = left.split(/\s+/u).filter(word => word !== '')
      // Only from the front: "echo the echo" echoes "the echo" without its first word, not without both.
      const start = words.findIndex(word => !isToolWord(word))
      left = ''
      return start < 0
        ? undefined
        : words
            .slice(start)
            .join(' ')
            .replace(/^[:,-]+\s*/u, '')
    },
    takeSearch() {
      const named = take(new RegExp(quoted, 'u')) ?? take(new RegExp(String.raw`(?<=\s)${capitalised}`, 'u'))
      if (named !== undefined) return named
      const words = left.split(/\s+/u).filter(word => contentWords(word).length > 0 && !isToolWord(word))
      if (words.length > 0) left = ''
      return words.length > 0 ? words.join(' ') : undefined
    },
    takeName: name => name !== '' && take(whole(toWords(name).join(' '))) !== undefined,
  }
}

/** Words in front of a value that are no part of it. */
const fillers = new Set('please can could you the a an me for'.split(' '))

function has(text: string, words: string): boolean {
  return words !== '' && whole(words).test(text)
}

function whole(words: string): RegExp {
  return new RegExp(String.raw`(?<![\p{L}\d])${literal(words)}(?![\p{L}\d])`, 'iu')
}

/** A property's name as a person writes it: `pageSize` is "page size". */
function spaced(name: string): string {
  return toWords(name).map(literal).join(String.raw`[\s_-]*`)
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
}
