import type { Config } from './config/config.ts'
import { lockPath, readLock } from './config/lock-file.ts'
import { watchFile } from './config/watch-file.ts'
import { messageOf } from './core/errors.ts'
import type { Lock, SourceLock } from './core/lock.ts'
import type { PassingStore } from './core/passing-store.ts'
import type { OfferedSource } from './gateway/entry.ts'
import type { Gateway } from './gateway/gateway.ts'
import { keepNames } from './gateway/keep-names.ts'
import { reportDefinitions } from './gateway/report-definitions.ts'
import type { Log } from './observe/log.ts'
import { openStore } from './store/open-store.ts'
import { defaultStorePath } from './store/store-path.ts'

/** What is known of sources from earlier runs and from the lock, and how it is kept. */
export type Memory = Readonly<{
  /** Makes ready what {@link Memory.rulesOf} needs for these sources. */
  prepare: (config: Config) => Promise<void>
  /** What the gateway is told of a source besides the source itself. */
  rulesOf: (config: Config, id: string) => Pick<OfferedSource, 'ledger' | 'lock'>
  /** Keeps what the gateway learns, and tells when another lock is in force. */
  follow: (gateway: Gateway, config: () => Config, onLock: () => void) => void
  /** For what is kept for a while, such as the answers of `/v1/responses`. */
  passing: PassingStore
  close: () => Promise<void>
}>

/** How to remember. `readOnly`: for commands that only look. */
export type MemoryOptions = Readonly<{
  env: Readonly<Record<string, string | undefined>>
  log: Log['write']
  readOnly: boolean
  watch: boolean
}>

/** Opens the store and the lock of a configuration. */
export async function openMemory(config: Config, { env, log, readOnly, watch }: MemoryOptions): Promise<Memory> {
  const file = lockPath(config.directory)
  const path = config.store.path ?? defaultStorePath(config.file, env)
  let lock: Lock | undefined
  const loadLock = async (): Promise<void> => {
    lock = await readLock(file)
  }
  const [store] = await Promise.all([
    openStore({ path, readOnly, timeoutMs: config.limits.storeTimeoutMs, log }),
    loadLock().catch(error => {
      // What a lock that cannot be read would allow is not known, so it allows nothing.
      lock = new Map()
      log('error', messageOf(error))
    }),
  ])
  const names = keepNames(store)
  const closing: (() => void)[] = []

  const lockOf = (current: Config, id: string): SourceLock => {
    const mode = current.sources.find(source => source.id === id)?.lock ?? 'warn'
    const locked = lock?.get(id)
    return { mode, entry: current.entryDigests[id] ?? '', present: lock !== undefined, ...(locked && { locked }) }
  }

  return {
    prepare: next => names.load(next.sources.map(({ id }) => id)),
    rulesOf: (current, id) => {
      const ledger = names.ledgerOf(id)
      return { lock: lockOf(current, id), ...(ledger && { ledger }) }
    },
    follow: (gateway, current, onLock) => {
      if (!readOnly) {
        names.follow(gateway)
        closing.push(reportDefinitions(gateway, { store, lockOf: id => lockOf(current(), id), log }))
      }
      if (!watch) return
      const look = async (): Promise<undefined> => {
        await loadLock().then(onLock, error => log('error', `The lock in force stays. ${messageOf(error)}`))
      }
      closing.push(watchFile(file, { onChange: look }).close)
    },
    passing: store.passing,
    close: async () => {
      for (const close of closing) close()
      await names.close()
      await store.close()
    },
  }
}
