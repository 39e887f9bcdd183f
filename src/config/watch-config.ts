import type { FileWatch } from '../core/watch-file.ts'
import type { Config } from './config.ts'
import { watchFile } from './watch-file.ts'

/** How to watch, and whom to tell. */
export type WatchOptions = Readonly<{
  /** Reads the file anew; a rejection goes to `onError`. */
  load: (file: string) => Promise<Config>
  onChange: (config: Config) => void
  /** The file is broken or gone. Nothing changes; told once for each state of the file. */
  onError: (error: unknown) => void
  /** The digest of the version already in use, so that a change between loading and watching is seen. */
  digest?: string
  /** See {@link watchFile}. */
  debounceMs?: number
  pollMs?: number
}>

/** A running watch. After `close` nobody is told anything. */
export type ConfigWatch = FileWatch

/** Tells of each new version of servers.json, read and checked, or why it cannot be used. */
export function watchConfig(file: string, { load, onChange, onError, ...when }: WatchOptions): ConfigWatch {
  let closed = false
  const watch = watchFile(file, {
    ...when,
    onChange: async () => {
      try {
        const config = await load(file)
        if (!closed) onChange(config)
        return config.digest
      } catch (error) {
        if (!closed) onError(error)
        return undefined
      }
    },
  })
  return {
    close: () => {
      closed = true
      watch.close()
    },
  }
}
