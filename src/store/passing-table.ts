import type { DatabaseSync } from 'node:sqlite'
import type { Passing } from '../core/passing-store.ts'
import type { KeptValue } from './make-room.ts'
import { makeRoom } from './make-room.ts'

/** The table of the values that go by themselves. `secure_delete`: what is deleted is overwritten in the file. */
export const passingSetup = `
  PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS passing (
    key TEXT PRIMARY KEY, owner TEXT NOT NULL, bytes INTEGER NOT NULL, until INTEGER NOT NULL, value TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS passing_until ON passing (until, owner, bytes, key);
`

/** Values that go by themselves, in one SQLite file. Each call is one piece of work that may be tried again. */
export type PassingTable = Readonly<{
  get: (key: string) => string | undefined
  /** @returns false for what is larger than all the room */
  set: (key: string, value: string, passing: Passing) => boolean
  remove: (key: string) => boolean
}>

/** Opens the table; other processes may use it at the same time. */
export function passingTable(database: DatabaseSync, now: () => number = Date.now): PassingTable {
  const get = 'SELECT value FROM passing WHERE key = ? AND until > ?'
  const insert = `INSERT INTO passing (key, owner, bytes, until, value) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET owner = excluded.owner, bytes = excluded.bytes, until = excluded.until, value = excluded.value`
  const others = 'SELECT key, owner, bytes FROM passing WHERE key <> ? ORDER BY until'
  const remove = 'DELETE FROM passing WHERE key = ?'
  return {
    get: key => (database.prepare(get).get(key, now()) as { value: string } | undefined)?.value,
    set(key, value, { owner, keepMs, maxBytes }) {
      const bytes = Buffer.byteLength(value)
      if (bytes > maxBytes) return false
      database.exec('BEGIN IMMEDIATE')
      try {
        database.prepare('DELETE FROM passing WHERE until <= ?').run(now())
        database.prepare(insert).run(key, owner, bytes, now() + keepMs, value)
        const { total } = database.prepare('SELECT sum(bytes) AS total FROM passing').get() as { total: number }
        if (total > maxBytes) {
          const kept = [...(database.prepare(others).all(key) as KeptValue[]), { key, owner, bytes }]
          for (const each of makeRoom(kept, maxBytes)) database.prepare(remove).run(each)
        }
        database.exec('COMMIT')
      } catch (error) {
        // Of a full disk SQLite has gone back by itself, and a second time would hide why.
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
      return true
    },
    remove(key) {
      const { changes } = database.prepare(remove).run(key)
      // What was written last stands in the log beside the file too, until it is taken over.
      if (changes !== 0) database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      return changes !== 0
    },
  }
}
