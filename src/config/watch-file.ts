import { createHash } from 'node:crypto'
import type { FSWatcher } from 'node:fs'
import { statSync, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { FileWatch, WatchFileOptions } from '../core/watch-file.ts'

/**
 * Tells when the bytes of a file have changed.
 *
 * It watches the directory, not the file, so it survives editors that replace the file and Kubernetes, which swaps a
 * symlink beside it. What counts is the hash of the bytes: an event without a change tells nobody.
 *
 * Whoever reads the file after this returned, or gives the digest of what was read before, misses no change.
 */
export function watchFile(file: string, options: WatchFileOptions): FileWatch {
  const { debounceMs = 300, pollMs = 5_000 } = options
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  let known: Promise<string | undefined> = Promise.resolve(options.digest)

  const look = (): void => {
    // One look after the other, so that two quick changes are told in their order.
    known = known.then(before => (closed ? before : tell(before)))
  }
  const tell = async (before: string | undefined): Promise<string | undefined> => {
    seen = stampOf(file)
    // Nobody has read it yet, and it has not moved: the event was about another file beside it.
    if (before === undefined && seen === first) return undefined
    const now = await digestOf(file)
    if (now === before || closed) return now
    return (await options.onChange()) ?? now
  }
  /** A poll reads the file only where its times or size have moved: a document may have 20 MB. */
  const poll = (): void => {
    rewatch()
    if (stampOf(file) !== seen) look()
  }
  const lookSoon = (): void => {
    clearTimeout(timer)
    if (!closed) timer = setTimeout(look, debounceMs)
  }
  const rewatch = (): void => {
    if (watcher !== undefined || closed) return
    watcher = startWatcher(dirname(file), lookSoon, () => {
      watcher = undefined
    })
  }

  rewatch()
  const first = stampOf(file)
  let seen = first
  // It may have changed since its digest was taken. Without one nothing is read ahead of the first change.
  if (options.digest !== undefined) lookSoon()
  const polling = setInterval(poll, pollMs)
  polling.unref()
  return {
    close: () => {
      closed = true
      clearTimeout(timer)
      clearInterval(polling)
      watcher?.close()
    },
  }
}

/** The SHA-256 of the bytes, or why they cannot be read. */
async function digestOf(file: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code ?? 'unreadable'
  }
}

/** Tells most states of a file apart without reading it. */
function stampOf(file: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(file)
    return [ino, size, mtimeMs, ctimeMs].join(' ')
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code ?? 'unreadable'
  }
}

/** The directory may be missing, or vanish: the poll then goes on alone and tries again. */
function startWatcher(directory: string, onEvent: () => void, onEnd: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, onEvent)
    watcher.on('error', () => {
      watcher.close()
      onEnd()
    })
    return watcher
  } catch {
    return undefined
  }
}
