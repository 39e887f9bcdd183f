import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { makeFolder } from './make-folder.ts'
import type { PassingTable } from './passing-table.ts'
import { passingSetup, passingTable } from './passing-table.ts'

/** A table of text by key in one SQLite file; its shape is what Keyv's bridge takes. */
export type SqliteTable = Readonly<{
  get: (key: string) => Promise<string | undefined>
  set: (key: string, value: string) => Promise<boolean>
  delete: (key: string) => Promise<boolean>
  clear: () => Promise<void>
  disconnect: () => Promise<void>
  /** Beside them, the values that go by themselves; each work is tried again while another process writes. */
  passing: <Value>(work: (table: PassingTable) => Value) => Promise<Value>
}>

/** How to open it. Reading alone makes no file and no table. */
export type SqliteOptions = Readonly<{ path: string; readOnly: boolean; timeoutMs: number }>

/** SQLite itself waits this long for another process, and the whole process with it; beyond that we wait, and ask again. */
const busyMs = 20
const pauseMs = 25

/**
 * Opens the file, and makes it where it is missing: 0600, in a directory of 0700.
 *
 * Several processes may share it: readers and a writer do not wait for each other (WAL), and writers take turns for up to
 * `timeoutMs`.
 *
 * @throws whatever SQLite or the file system says
 */
export async function openSqlite({ path, readOnly, timeoutMs }: SqliteOptions): Promise<SqliteTable> {
  if (!readOnly) {
    makeFolder(dirname(path))
    // SQLite would make it readable to everyone; its two side files take their mode from it.
    closeSync(openSync(path, 'a', 0o600))
  }
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(path, { readOnly, timeout: busyMs })
  const patiently = <Value>(work: () => Value): Promise<Value> => retryWhileBusy(work, timeoutMs)
  try {
    if (!readOnly) await patiently(() => database.exec(setup))
    return tableOf(database, readOnly, patiently)
  } catch (error) {
    database.close()
    throw error
  }
}

const setup = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  ${passingSetup}
`

function tableOf(
  database: DatabaseSync,
  readOnly: boolean,
  patiently: <Value>(work: () => Value) => Promise<Value>,
): SqliteTable {
  const get = database.prepare('SELECT value FROM entries WHERE key = ?')
  const passing = passingTable(database)
  // Prepared when first used: a database that is only read takes none of them.
  const write = (sql: string, ...values: string[]): Promise<boolean> => {
    if (readOnly) return Promise.resolve(false)
    return patiently(() => database.prepare(sql).run(...values).changes !== 0)
  }
  return {
    get: key => patiently(() => (get.get(key) as { value: string } | undefined)?.value),
    set: (key, value) =>
      write('INSERT INTO entries VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', key, value),
    delete: key => write('DELETE FROM entries WHERE key = ?', key),
    clear: async () => {
      await write('DELETE FROM entries')
    },
    disconnect: async () => {
      if (database.isOpen) database.close()
    },
    passing: work => patiently(() => work(passing)),
  }
}

async function retryWhileBusy<Value>(work: () => Value, timeoutMs: number): Promise<Value> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() + pauseMs > deadline) throw error
      await wait(pauseMs)
    }
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED, whatever the finer reason in the upper bits. */
function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: number }
  return errcode !== undefined && [5, 6].includes(errcode & 0xff)
}

/** Node 22 says of `node:sqlite` that it is experimental; that one warning is held back, and no other. */
function loadSqlite(): typeof import('node:sqlite') {
  const warn = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).startsWith('SQLite is an experimental feature')) return
    Reflect.apply(warn, process, [warning, ...rest])
  }) as typeof process.emitWarning
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = warn
  }
}
