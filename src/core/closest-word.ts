import { closest, distance } from 'fastest-levenshtein'

/** Names are no longer; to compare texts without bound takes time without bound. */
export const maxWordLength = 100

/** The known word that was probably meant by one that is not known, whatever its capitals; undefined when none is near. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > maxWordLength) return undefined
  const wanted = word.toLowerCase()
  const best = closest(
    wanted,
    known.map(one => one.toLowerCase()),
  )
  const away = distance(wanted, best)
  // A word of which no letter is left stands for nothing.
  const isNear = away < wanted.length && away <= Math.max(2, Math.floor(wanted.length / 3))
  return isNear ? known.find(one => one.toLowerCase() === best) : undefined
}
