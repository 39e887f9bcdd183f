import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PassingStore } from '../../src/core/passing-store.ts'
import { openStore } from '../../src/store/open-store.ts'
import { passingMemory } from '../../src/store/passing-memory.ts'
import { passingSetup, passingTable } from '../../src/store/passing-table.ts'

const how = { owner: 'a', keepMs: 1_000, maxBytes: 10_000 }

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-passing-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'state.sqlite')
}

async function open(path: string): Promise<PassingStore & { close: () => Promise<void>; logged: string[] }> {
  const logged: string[] = []
  const store = await openStore({ path, timeoutMs: 2_000, log: (_, message) => logged.push(message) })
  onTestFinished(() => store.close())
  return { ...store.passing, close: store.close, logged }
}

/** With a clock of the test's. */
function inTable(now: () => number): PassingStore {
  const database = new DatabaseSync(':memory:')
  onTestFinished(() => database.close())
  database.exec(passingSetup)
  const table = passingTable(database, now)
  return {
    get: async key => {
      const text = table.get(key)
      return { value: text === undefined ? undefined : JSON.parse(text) }
    },
    set: async (key, value, passing) => table.set(key, JSON.stringify(value), passing),
    remove: async key => table.remove(key),
  }
}

describe.each([
  ['in a file', inTable],
  ['in memory', passingMemory],
])('a value that goes by itself, %s', (_, make) => {
  it('is there for its time, and not longer', async () => {
    let now = 0
    const values = make(() => now)
    expect(await values.set('x', { n: 1, text: 'ü"' }, how)).toBe(true)
    now = 999
    expect(await values.get('x')).toEqual({ value: { n: 1, text: 'ü"' } })
    now = 1_000
    expect(await values.get('x')).toEqual({ value: undefined })
  })

  it('begins anew when it is set again', async () => {
    let now = 0
    const values = make(() => now)
    await values.set('x', { n: 1 }, how)
    now = 900
    await values.set('x', { n: 2 }, how)
    now = 1_500
    expect(await values.get('x')).toEqual({ value: { n: 2 } })
  })

  it('is gone once it was removed', async () => {
    const values = make(() => 0)
    await values.set('x', { n: 1 }, how)
    expect([await values.remove('x'), await values.remove('x'), await values.get('x')]).toEqual([
      true,
      false,
      { value: undefined },
    ])
  })

  it('makes room for later ones, first where the most is taken', async () => {
    let now = 0
    const values = make(() => now++)
    const big = { text: 'x'.repeat(400) }
    await values.set('b1', big, { ...how, owner: 'b', maxBytes: 1_500 })
    for (const key of ['a1', 'a2', 'a3']) await values.set(key, big, { ...how, maxBytes: 1_500 })
    const kept = await Promise.all(
      ['b1', 'a1', 'a2', 'a3'].map(async key => (await values.get(key))?.value !== undefined),
    )
    expect(kept).toEqual([true, false, true, true])
  })

  it('is not kept where it is larger than all the room', async () => {
    const values = make(() => 0)
    await values.set('x', { n: 1 }, how)
    expect(await values.set('y', { text: 'ü'.repeat(6_000) }, how)).toBe(false)
    expect(await values.get('x')).toEqual({ value: { n: 1 } })
  })
})

describe('a store of values that go by themselves', () => {
  it('has them again after a restart', async () => {
    const path = temporary()
    const first = await open(path)
    await first.set('x', { n: 1 }, { ...how, keepMs: 3_600_000 })
    await first.close()
    expect(await (await open(path)).get('x')).toEqual({ value: { n: 1 } })
  })

  it('leaves nothing of what was removed in its file', async () => {
    const path = temporary()
    const store = await open(path)
    await store.set('x', { text: 'a secret of the caller' }, how)
    expect(readFileSync(`${path}-wal`).includes('a secret of the caller')).toBe(true)
    await store.remove('x')
    for (const file of [path, `${path}-wal`]) expect(readFileSync(file).includes('a secret of the caller')).toBe(false)
  })

  it('keeps them in memory where there is no file', async () => {
    const store = await open(':memory:')
    expect(await store.set('x', { n: 1 }, { ...how, keepMs: 3_600_000 })).toBe(true)
    expect(await store.get('x')).toEqual({ value: { n: 1 } })
  })

  it('says what failed, and logs why', async () => {
    const path = temporary()
    const store = await open(path)
    const other = new DatabaseSync(path)
    other.exec('DROP TABLE passing')
    other.close()
    expect([await store.get('x'), await store.set('x', {}, how), await store.remove('x')]).toEqual([
      undefined,
      false,
      undefined,
    ])
    expect(store.logged).toEqual([expect.stringContaining('no such table')])
  })
})
