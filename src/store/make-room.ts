/** What is known of a value without reading it. */
export type KeptValue = Readonly<{ key: string; owner: string; bytes: number }>

/**
 * Chooses what goes so that the rest has room: again and again the oldest value of the owner who takes the most, so that
 * nobody's many values push out the few of another.
 *
 * @param values - the oldest first; the last one has just come and stays
 * @returns the keys of those that go
 */
export function makeRoom(values: readonly KeptValue[], maxBytes: number): readonly string[] {
  let total = sumOf(values)
  if (total <= maxBytes) return []
  const owners = [...Map.groupBy(values, ({ owner }) => owner).values()].map(own => ({
    taken: sumOf(own),
    // The newest first, so that the oldest is taken off the end.
    mayGo: own.filter(value => value !== values.at(-1)).toReversed(),
  }))
  const gone: string[] = []
  while (total > maxBytes) {
    const [most] = owners.filter(({ mayGo }) => mayGo.length > 0).toSorted((a, b) => b.taken - a.taken)
    const oldest = most?.mayGo.pop()
    if (most === undefined || oldest === undefined) break
    most.taken -= oldest.bytes
    total -= oldest.bytes
    gone.push(oldest.key)
  }
  return gone
}

function sumOf(values: readonly KeptValue[]): number {
  return values.reduce((sum, { bytes }) => sum + bytes, 0)
}
