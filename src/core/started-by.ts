/** What has begun to give events: the first of them, and what gives the others. */
export type Begun<T> = Readonly<{ events: AsyncIterator<T>; first: IteratorResult<T> }>

/**
 * The events of what begins when the first of them is asked for; from then on they are asked for without a detour, which a
 * generator around them would be. Once it has failed to begin it is over, as a generator is.
 *
 * @throws what `begin` rejects with, and what the events do
 */
export function startedBy<T>(begin: () => Promise<Begun<T>>): AsyncIterableIterator<T> {
  let events: AsyncIterator<T> | undefined
  let isOver = false
  const start = async (): Promise<IteratorResult<T>> => {
    if (isOver) return { done: true, value: undefined }
    try {
      const begun = await begin()
      events = begun.events
      if (!isOver) return begun.first
    } catch (thrown) {
      isOver = true
      throw thrown
    }
    // It was left while it began.
    await events.return?.()
    return { done: true, value: undefined }
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: () => events?.next() ?? start(),
    async return() {
      isOver = true
      await events?.return?.()
      return { done: true, value: undefined }
    },
  }
}
