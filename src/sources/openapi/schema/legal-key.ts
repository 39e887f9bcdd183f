/** What Anthropic accepts as the key of a property; one other key, and it refuses the whole request. */
const maxKeyLength = 64

const plain = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/
const legal = /^(?!__proto__$)[a-zA-Z0-9_.-]{1,64}$/

/** True for a key that every provider accepts. */
export function isLegalKey(key: string): boolean {
  return legal.test(key)
}

/**
 * Rewrites a key to 1 to 64 characters of `[a-zA-Z0-9_.-]`: `filter[name]` becomes `filter.name`, `ids[]` becomes `ids`,
 * `$filter` becomes `filter`, `T<` becomes `T_lt`; anything else illegal becomes `_`. Two keys may become one.
 */
export function toLegalKey(key: string): string {
  // Nearly every key of nearly every document.
  if (plain.test(key)) return key
  // The common illegal ones say what they mean: Twilio's `StartTime<`, JSON:API's `filter[x]`, PHP's `ids[]`.
  const written = key
    .replaceAll('[]', '')
    .replace(/\[([^\]]*)\]/g, '.$1')
    .replace(/^\$+(?=.)/, '')
    .replace(/<=?/g, found => (found === '<=' ? '_lte' : '_lt'))
    .replace(/>=?/g, found => (found === '>=' ? '_gte' : '_gt'))
    .replace(/[^a-zA-Z0-9_.-]/gu, '_')
  if (!/[a-zA-Z0-9]/.test(written)) return `argument_${hash(key)}`
  if (written === '__proto__') return 'proto'
  return written.length <= maxKeyLength ? written : `${written.slice(0, maxKeyLength - 9)}_${hash(key)}`
}

/** A key that is not taken: the wished one, or that with `_2`, `_3`, ... within the length. */
export function freeKey(wish: string, taken: Readonly<{ has: (key: string) => boolean }>): string {
  let key = wish
  for (let suffix = 2; taken.has(key); suffix += 1) {
    const ending = `_${suffix}`
    key = wish.slice(0, maxKeyLength - ending.length) + ending
  }
  return key
}

/** Crypto is loaded by the first key that needs it: the thread that reads a document comes up sooner without. */
function hash(text: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
