import { existsSync } from 'node:fs'
import { messageOf } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { PassingStore } from '../core/passing-store.ts'
import type { Store } from '../core/store.ts'
import { memoryStore } from './memory-store.ts'
import { passingMemory } from './passing-memory.ts'
import type { SqliteTable } from './sqlite.ts'

/** Where and how to keep things. */
export type StoreOptions = Readonly<{
  /** An absolute path, or `:memory:` to keep nothing beyond this process. */
  path: string
  /** Leaves the file as it is; without a file there is simply nothing. */
  readOnly?: boolean
  /** Bound of every call. */
  timeoutMs: number
  log: (level: 'info' | 'warn', message: string) => void
}>

/** A store, and beside it the values that go by themselves; both end with {@link Store.close}. */
export type OpenedStore = Store & Readonly<{ passing: PassingStore }>

/**
 * Opens the store of this process.
 *
 * Where the file cannot be used, one warning says why, and what is kept ends with the process: a container with a
 * read-only file system works all the same. A file that is no database is left alone.
 */
export async function openStore({ path, readOnly = false, timeoutMs, log }: StoreOptions): Promise<OpenedStore> {
  if (path === ':memory:' || (readOnly && !existsSync(path))) return inMemory()
  try {
    const [{ openSqlite }, { Keyv, KeyvBridgeAdapter }] = await Promise.all([import('./sqlite.ts'), import('keyv')])
    const table = await openSqlite({ path, readOnly, timeoutMs })
    const keyv: KeyValues = new Keyv({ store: new KeyvBridgeAdapter(table) })
    return storeOver(keyv, table, path, timeoutMs, log)
  } catch (error) {
    const remedy = 'Set "store": { "path": "..." } to a file that can be written, or ":memory:" for none.'
    if (!readOnly) {
      log('warn', `The store "${path}" cannot be used: ${messageOf(error)}. Names are kept in memory only. ${remedy}`)
    }
    return inMemory()
  }
}

function inMemory(): OpenedStore {
  return { ...memoryStore(), passing: passingMemory() }
}

/** What we use of Keyv; its own types are as wide as `any`. */
type KeyValues = Readonly<{
  get: (key: string) => Promise<unknown>
  set: (key: string, value: JsonObject) => Promise<boolean>
  on: (event: 'error', listener: (error: unknown) => void) => unknown
}>

function storeOver(
  keyv: KeyValues,
  table: SqliteTable,
  path: string,
  timeoutMs: number,
  log: StoreOptions['log'],
): OpenedStore {
  let failures = 0
  let told: string | undefined
  const onFailure = (error: unknown): void => {
    failures += 1
    const message = messageOf(error)
    // A disk that is full is full at every call.
    if (told !== message) log('warn', `The store "${path}" failed: ${message}.`)
    told = message
  }
  // Keyv tells of a failure here and answers as if there were nothing; the count tells the two apart.
  keyv.on('error', onFailure)
  let queue: Promise<unknown> = Promise.resolve()
  /** One call after the other, so that the count is that call's own. */
  const attempt = <Value>(work: () => Promise<Value>): Promise<Value | undefined> => {
    const next = queue.then(async () => {
      const before = failures
      const value = await within(timeoutMs, work()).catch(onFailure)
      if (failures !== before) return undefined
      told = undefined
      return value as Value
    })
    queue = next
    return next
  }
  let closing: Promise<void> | undefined
  return {
    get: key => attempt(async () => ({ value: await keyv.get(key) })),
    set: async (key, value) => (await attempt(() => keyv.set(key, value))) === true,
    passing: {
      get: async key => {
        const read = await attempt(async () => ({ text: await table.passing(values => values.get(key)) }))
        return read && { value: read.text === undefined ? undefined : JSON.parse(read.text) }
      },
      set: async (key, value, how) => {
        const text = JSON.stringify(value)
        return (await attempt(() => table.passing(values => values.set(key, text, how)))) === true
      },
      remove: key => attempt(() => table.passing(values => values.remove(key))),
    },
    close: () => (closing ??= queue.then(() => table.disconnect()).catch(onFailure)),
  }
}

async function within<Value>(timeoutMs: number, promise: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  // SQLite bounds its own patience by the same time; this one ends what it does not.
  const timer = setTimeout(() => reject(new Error(`it gave no answer within ${timeoutMs} ms`)), timeoutMs + 100)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
