/** Writes one line of the log. */
export type WriteLine = (level: 'debug' | 'info' | 'warn', message: string) => void

/** How many warnings of one upstream are written in so many milliseconds, and after how long one is repeated. */
const most = 10
const perMs = 60_000
const againMs = 3_600_000

/** Texts that are remembered, so that they are not repeated; the oldest goes. */
const maxKnown = 200

/**
 * Keeps an upstream that gives cause for warnings without end, by garbage on its stdout or a list that is wrong each time,
 * from filling the log: a warning is not repeated within an hour, and of different ones ten are written a minute. The
 * others go to debug level, and a line says so.
 */
export function calmLog(sourceId: string, write: WriteLine, now: () => number = () => performance.now()): WriteLine {
  const known = new Map<string, number>()
  let since = Number.NEGATIVE_INFINITY
  let written = 0

  const isRepeated = (message: string, at: number): boolean => {
    const before = known.get(message)
    if (before !== undefined && at - before < againMs) return true
    known.delete(message)
    known.set(message, at)
    if (known.size > maxKnown) known.delete(known.keys().next().value ?? '')
    return false
  }

  return (level, message) => {
    if (level !== 'warn') return write(level, message)
    const at = now()
    if (at - since >= perMs) {
      since = at
      written = 0
    }
    if (written > most || isRepeated(message, at)) return write('debug', message)
    written += 1
    write(written > most ? 'debug' : 'warn', message)
    if (written > most)
      write('warn', `"${sourceId}" gives cause for more warnings; the rest of this minute's are told at debug level.`)
  }
}
