/** What a promise gives within so many milliseconds; undefined when it takes longer, or where there is none. */
export async function inTime<Value>(promise: Promise<Value> | undefined, ms: number): Promise<Value | undefined> {
  if (promise === undefined) return undefined
  const late = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => late.resolve(undefined), ms)
  try {
    return await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
