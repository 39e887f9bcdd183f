import { createHash } from 'node:crypto'
import type { FSWatcher } from 'node:fs'
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from './config.ts'

/** How to watch, and whom to tell. */
export type WatchOptions = Readonly<{
  /** Reads the file anew; a rejection goes to `onError`. */
  load: (file: string) => Promise<Config>
  onChange: (config: Config) => void
  /** The file is broken or gone. Nothing changes; told once for each state of the file. */
  onError: (error: unknown) => void
  /** The digest of the version already in use, so that a change between loading and watching is seen. */
  digest?: string
  /** Quiet time after the last event: editors write in two steps. Default 300. */
  debounceMs?: number
  /** Between looks without an event: network drives and bind mounts give none. Default 5,000. */
  pollMs?: number
}>

/** A running watch. After `close` nobody is told anything. */
export type ConfigWatch = Readonly<{ close: () => void }>

/**
 * Tells when the text of a file has changed.
 *
 * It watches the directory, not the file, so it survives editors that replace the file and Kubernetes, which swaps a
 * symlink beside it. What counts is the hash of the text: an event without a change tells nobody.
 */
export function watchConfig(file: string, options: WatchOptions): ConfigWatch {
  const { debounceMs = 300, pollMs = 5_000 } = options
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  let known = options.digest === undefined ? readDigest(file) : Promise.resolve(options.digest)

  const look = (): void => {
    // One look after the other, so that two quick changes are told in their order.
    known = known.then(before => (closed ? before : tell(before)))
  }
  const tell = async (before: string): Promise<string> => {
    const now = await readDigest(file)
    if (now === before || closed) return before
    try {
      const config = await options.load(file)
      if (!closed) options.onChange(config)
      return config.digest
    } catch (error) {
      if (!closed) options.onError(error)
      return now
    }
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
  if (options.digest !== undefined) lookSoon()
  const poll = setInterval(() => {
    rewatch()
    look()
  }, pollMs)
  poll.unref()
  return {
    close: () => {
      closed = true
      clearTimeout(timer)
      clearInterval(poll)
      watcher?.close()
    },
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

/** The SHA-256 of the text, or why it cannot be read. */
async function readDigest(file: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(file, 'utf8'))
      .digest('hex')
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code ?? 'unreadable'
  }
}
