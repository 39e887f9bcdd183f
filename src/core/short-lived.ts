/**
 * A map for entries that come and go with every request, few of which are there at once.
 *
 * V8 writes the table of a `Map` anew after every few deletions, and lets the one before point to the one behind. Once
 * one of them has grown old, all that stood in any later one lives on until the next full collection: in a loop that kept
 * 32 entries, a small collection took 22 to 31 ms in place of 0.3. The tables of an object are not chained, and while
 * there are few entries a list is looked through faster than either is kept.
 */
export type ShortLived<V> = Readonly<{
  /** Takes anything, since it is asked for what a client has sent. */
  get(key: unknown): V | undefined
  has(key: string | number): boolean
  set(key: string | number, value: V): void
  /** True when it was there. */
  delete(key: string | number): boolean
  size(): number
  /** In no order that means anything. */
  values(): V[]
}>

/** Entries that stand in the list. What comes while it is full goes into the object. */
const maxListed = 64

/** Opens an empty one. As in a `Map`, `1` and `"1"` are two keys. */
export function shortLived<V>(): ShortLived<V> {
  const keys: (string | number)[] = []
  const listed: V[] = []
  const others: Record<string | number, V> = Object.create(null)
  let size = 0
  /** The one that came last is looked for first: most requests are short. */
  const placeOf = (key: unknown): number => {
    let at = keys.length - 1
    while (at >= 0 && keys[at] !== key) at -= 1
    return at
  }
  return {
    get(key) {
      const at = placeOf(key)
      if (at >= 0) return listed[at]
      const isKey = typeof key === 'number' || typeof key === 'string'
      return isKey && size > keys.length ? others[nameOf(key)] : undefined
    },
    has: key => placeOf(key) >= 0 || (size > keys.length && nameOf(key) in others),
    set(key, value) {
      const at = placeOf(key)
      if (at >= 0) listed[at] = value
      else if (size > keys.length && nameOf(key) in others) others[nameOf(key)] = value
      else {
        size += 1
        if (keys.length >= maxListed) others[nameOf(key)] = value
        else {
          keys.push(key)
          listed.push(value)
        }
      }
    },
    delete(key) {
      const at = placeOf(key)
      if (at < 0) {
        const name = nameOf(key)
        if (size === keys.length || !(name in others)) return false
        size -= 1
        return delete others[name]
      }
      size -= 1
      const lastKey = keys.pop()
      const last = listed.pop()
      if (at < keys.length) {
        keys[at] = lastKey as string | number
        listed[at] = last as V
      }
      return true
    },
    size: () => size,
    values: () => (size > keys.length ? [...listed, ...Object.values(others)] : [...listed]),
  }
}

/** A whole number is its own name, which needs no text; every text has a letter in front. */
function nameOf(key: string | number): string | number {
  return typeof key === 'number' ? key : `s${key}`
}
