import { GatewayError } from '../core/errors.ts'

/** Things that are opened when they are needed, used by several at once, and closed when nobody has for a while. */
export type Pool<Value> = Readonly<{
  /**
   * Uses what is open under a key, or opens it.
   *
   * @param owner - whose it is: half of the places are the most that one owner gets
   * @throws GatewayError `LIMIT_REACHED` where there is no place and none that is unused can give way; what `use` throws
   */
  use<T>(key: string, owner: string, open: () => Value, use: (value: Value) => Promise<T>): Promise<T>
  /** Closes a value once its last use has ended; the next use of its key opens another. */
  retire(value: Value): void
  /** Closes everything, also what is in use; later uses fail with `SOURCE_UNAVAILABLE`. */
  close(): Promise<void>
}>

type PoolOptions<Value> = Readonly<{
  /** What the places are, for errors. */
  what: string
  limit: string
  maxPlaces: number
  idleMs: number
  shut: (value: Value) => Promise<void>
}>

type Place<Value> = Readonly<{ key: string; owner: string; value: Value }> & {
  uses: number
  retired: boolean
  timer?: NodeJS.Timeout
}

/** Opens an empty pool. Keeps no process alive. */
export function keepPool<Value>({ what, limit, maxPlaces, idleMs, shut }: PoolOptions<Value>): Pool<Value> {
  const perOwner = Math.max(1, Math.floor(maxPlaces / 2))
  /** Those that can be used, the one used last at the end. */
  const byKey = new Map<string, Place<Value>>()
  /** And those besides that are retired but still in use. */
  const all = new Set<Place<Value>>()
  let closed = false

  const end = async (place: Place<Value>): Promise<void> => {
    clearTimeout(place.timer)
    if (byKey.get(place.key) === place) byKey.delete(place.key)
    // One that cannot be closed well is gone all the same.
    if (all.delete(place)) await shut(place.value).catch(() => {})
  }
  const giveWay = (whose: string, fits: (place: Place<Value>) => boolean): void => {
    const unused = [...byKey.values()].find(place => place.uses === 0 && fits(place))
    if (unused === undefined) {
      const message = `All ${whose}${what} are in use (${limit}). Try again when one has ended.`
      throw new GatewayError('LIMIT_REACHED', message)
    }
    void end(unused)
  }
  const makeRoom = (owner: string): void => {
    const own = [...all].filter(place => place.owner === owner)
    if (own.length >= perOwner) giveWay(`${perOwner} of this caller's `, place => place.owner === owner)
    else if (all.size >= maxPlaces) giveWay(`${maxPlaces} `, () => true)
  }
  const take = (key: string, owner: string, open: () => Value): Place<Value> => {
    const known = byKey.get(key)
    if (known === undefined) makeRoom(owner)
    const place = known ?? { key, owner, value: open(), uses: 0, retired: false }
    all.add(place)
    byKey.delete(key)
    byKey.set(key, place)
    return place
  }

  return {
    async use(key, owner, open, use) {
      if (closed) throw new GatewayError('SOURCE_UNAVAILABLE', 'The gateway is being stopped.')
      const place = take(key, owner, open)
      clearTimeout(place.timer)
      place.uses += 1
      try {
        return await use(place.value)
      } finally {
        place.uses -= 1
        if (place.uses === 0) {
          if (place.retired) void end(place)
          else if (!closed) place.timer = setTimeout(() => void end(place), idleMs).unref()
        }
      }
    },
    retire(value) {
      for (const place of all) {
        if (place.value !== value) continue
        place.retired = true
        if (byKey.get(place.key) === place) byKey.delete(place.key)
        if (place.uses === 0) void end(place)
      }
    },
    async close() {
      closed = true
      await Promise.all([...all].map(end))
    },
  }
}
