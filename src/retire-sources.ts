import type { MadeSource } from './make-source.ts'

/** Lets go of sources that a changed configuration has no more, or has otherwise. */
export type Retirement = Readonly<{
  /** Closes it once its last call has ended, or after as long as a stop waits for calls. */
  retire(made: MadeSource): void
  /** Closes those that are still in use, at once. */
  close(): Promise<void>
}>

/** @param patienceMs - how long running calls of such a source are waited for: `limits.shutdownMs` */
export function retireSources(patienceMs: number): Retirement {
  const leaving = new Map<MadeSource, () => void>()
  const closing = new Set<Promise<void>>()

  const retire = async ({ source, unused }: MadeSource, hurry: Promise<void>): Promise<void> => {
    await Promise.race([unused(), hurry])
    await source.close()
  }
  return {
    retire(made) {
      const { promise: hurry, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, patienceMs).unref()
      leaving.set(made, resolve)
      const gone = retire(made, hurry).finally(() => {
        clearTimeout(timer)
        leaving.delete(made)
        closing.delete(gone)
      })
      closing.add(gone)
      gone.catch(() => {})
    },
    async close() {
      for (const hurry of leaving.values()) hurry()
      await Promise.allSettled([...closing])
    },
  }
}
