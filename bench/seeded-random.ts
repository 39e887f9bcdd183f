/** Random choices that are the same for the same seed. */
export type Random = Readonly<{
  /** A whole number from 0, less than `limit`. */
  below: (limit: number) => number
  pick: <T>(values: readonly T[]) => T
  /** Sentences of at least this many characters, none of which JSON has to escape. */
  prose: (length: number) => string
}>

/** What names and sentences are made of. */
export const words: readonly string[] = [
  ...['account', 'agreement', 'alert', 'app', 'assignment', 'attachment', 'audit', 'backup', 'calendar', 'channel'],
  ...['chat', 'cloud', 'contact', 'contract', 'device', 'directory', 'document', 'drive', 'event', 'file', 'folder'],
  ...['grant', 'group', 'identity', 'item', 'label', 'license', 'list', 'mail', 'member', 'message', 'meeting', 'note'],
  ...['order', 'page', 'permission', 'plan', 'policy', 'profile', 'report'],
]

/** Mulberry32: small, and the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit)
  }
  const pick = <T>(values: readonly T[]): T => {
    const value = values[below(values.length)]
    if (value === undefined) throw new Error('There is nothing to pick from.')
    return value
  }
  const prose = (length: number): string => {
    let text = ''
    while (text.length < length) text += `${capital(pick(words))} ${pick(words)} ${pick(words)} of the ${pick(words)}. `
    return text.trimEnd()
  }
  return { below, pick, prose }
}

/** The word with a capital at its beginning. */
export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
