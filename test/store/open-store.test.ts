import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Store } from '../../src/core/store.ts'
import { openStore } from '../../src/store/open-store.ts'
import { defaultStorePath } from '../../src/store/store-path.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'patchbay-store-'))
  onTestFinished(() => {
    chmodSync(path, 0o700)
    rmSync(path, { recursive: true, force: true })
  })
  return path
}

async function open(path: string, more: { readOnly?: boolean; timeoutMs?: number } = {}) {
  const logged: string[] = []
  const store = await openStore({ path, timeoutMs: 2_000, log: (_, message) => logged.push(message), ...more })
  onTestFinished(() => store.close())
  return { store, logged }
}

const read = async (store: Store, key: string) => (await store.get(key))?.value

describe('a store', () => {
  it.each([
    ['in a file', () => join(folder(), 'deep', 'er', 'state.sqlite')],
    ['in memory', () => ':memory:'],
  ])('%s keeps and replaces values', async (_, path) => {
    const { store, logged } = await open(path())
    expect(await store.get('names:a')).toEqual({ value: undefined })
    expect(await store.set('names:a', { n: 1, text: 'ü\u0000"' })).toBe(true)
    expect(await store.set('names:b', { n: 2 })).toBe(true)
    expect(await store.set('names:a', { n: 3, text: 'ü\u0000"' })).toBe(true)
    expect(await read(store, 'names:a')).toEqual({ n: 3, text: 'ü\u0000"' })
    expect(await read(store, 'names:b')).toEqual({ n: 2 })
    expect(logged).toEqual([])
  })

  it('has its values again after it was closed and opened', async () => {
    const path = join(folder(), 'state.sqlite')
    const first = await open(path)
    await first.store.set('a', { list: [1, null, { deep: true }] })
    await first.store.close()
    await first.store.close()
    expect(await read((await open(path)).store, 'a')).toEqual({ list: [1, null, { deep: true }] })
  })

  it('is for its owner alone: the file, its side files and the folder', async () => {
    const path = join(folder(), 'patchbay', 'state.sqlite')
    const { store } = await open(path)
    await store.set('a', {})
    const modes = [path, `${path}-wal`, join(path, '..')].map(each => (statSync(each).mode & 0o777).toString(8))
    expect(modes).toEqual(['600', '600', '700'])
  })

  it('that is only read makes no file, changes none, and says nothing', async () => {
    const path = join(folder(), 'state.sqlite')
    const { store, logged } = await open(path, { readOnly: true })
    expect([await store.get('a'), existsSync(path), logged]).toEqual([{ value: undefined }, false, []])
    const writer = await open(path)
    await writer.store.set('a', { n: 1 })
    const reader = await open(path, { readOnly: true })
    expect(await read(reader.store, 'a')).toEqual({ n: 1 })
    expect(await reader.store.set('a', { n: 2 })).toBe(false)
    expect(await read(writer.store, 'a')).toEqual({ n: 1 })
  })
})

describe('a store that cannot be used', () => {
  it.each<[string, (path: string) => string, RegExp]>([
    [
      'a file that is no database',
      path => {
        writeFileSync(path, 'not a database, but somebody needs it. '.repeat(100))
        return path
      },
      /cannot be used: file is not a database/,
    ],
    [
      'a database that is cut off',
      path => {
        const database = new DatabaseSync(path)
        database.exec(`CREATE TABLE entries (key, value); INSERT INTO entries VALUES ('a', '${'x'.repeat(50_000)}')`)
        database.close()
        writeFileSync(path, readFileSync(path).subarray(0, 4_000))
        return path
      },
      /cannot be used/,
    ],
    [
      'a directory',
      path => {
        mkdirSync(path)
        return path
      },
      /cannot be used: EISDIR/,
    ],
    [
      'a place below a file',
      path => {
        writeFileSync(path, '')
        return join(path, 'state.sqlite')
      },
      /cannot be used: (ENOTDIR|EEXIST)/,
    ],
    [
      'a place where no folder can be made',
      () => '/proc/patchbay/below/state.sqlite',
      /cannot be used: (ENOENT|EACCES|EROFS)/,
    ],
  ])('because it is %s warns once, leaves it alone and works in memory', async (_, prepare, message) => {
    const path = prepare(join(folder(), 'state.sqlite'))
    const before = existsSync(path) && statSync(path).isFile() ? readFileSync(path) : undefined
    const { store, logged } = await open(path)
    expect(logged).toEqual([expect.stringMatching(message)])
    expect(logged[0]).toContain('"store": { "path"')
    await store.set('a', { n: 1 })
    expect(await read(store, 'a')).toEqual({ n: 1 })
    if (before !== undefined) expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('tells that a value could not be read or kept, once in the log', async () => {
    const path = join(folder(), 'state.sqlite')
    const { store, logged } = await open(path, { timeoutMs: 200 })
    await store.set('a', { n: 1 })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    expect([await store.set('a', { n: 2 }), await store.set('a', { n: 3 })]).toEqual([false, false])
    expect(await read(store, 'a')).toEqual({ n: 1 })
    expect(logged).toHaveLength(1)
    other.exec('ROLLBACK')
    expect(await store.set('a', { n: 4 })).toBe(true)
    other.exec('DROP TABLE entries')
    other.close()
    expect(await store.get('a')).toBeUndefined()
    expect(logged.at(-1)).toContain('no such table')
  })
})

describe('several processes', () => {
  it('write to one file at once, and nothing is lost or refused', async () => {
    const path = join(folder(), 'state.sqlite')
    const source = new URL('../../src/store/open-store.ts', import.meta.url).href
    const script = `
      const { openStore } = await import(${JSON.stringify(source)})
      const store = await openStore({ path: process.argv[1], timeoutMs: 10_000, log: (_, text) => console.log(text) })
      for (let n = 0; n < 100; n += 1) {
        if (!(await store.set(process.argv[2] + n, { n, text: 'x'.repeat(2_000) }))) console.log('not kept')
        if ((await store.get(process.argv[2] + n))?.value?.n !== n) console.log('not read')
      }
      await store.close()`
    const children = ['a', 'b', 'c'].map(async name => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, path, name])
      let said = ''
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (said += text))
      const [code] = await once(child, 'close')
      return { code, said }
    })
    expect(await Promise.all(children)).toEqual([1, 2, 3].map(() => ({ code: 0, said: '' })))
    const { store } = await open(path)
    for (const key of ['a0', 'b50', 'c99']) expect(await read(store, key)).toMatchObject({ n: Number(key.slice(1)) })
  })
})

describe('defaultStorePath', () => {
  it.each([
    ['the state folder', { XDG_STATE_HOME: '/state', HOME: '/home/me' }, /^\/state\/patchbay\/[0-9a-f]{16}\.sqlite$/],
    [
      'the home folder without one',
      { HOME: '/home/me' },
      /^\/home\/me\/\.local\/state\/patchbay\/[0-9a-f]{16}\.sqlite$/,
    ],
    ['the home folder for one that is relative', { XDG_STATE_HOME: 'state', HOME: '/home/me' }, /^\/home\/me\/\.local/],
  ])('is in %s', (_, env, expected) => {
    expect(defaultStorePath('/etc/servers.json', env)).toMatch(expected)
  })

  it('differs for each configuration, however its path is written', () => {
    const path = (file: string): string => defaultStorePath(file, { XDG_STATE_HOME: '/state' })
    expect(path('/etc/a/../servers.json')).toBe(path('/etc/servers.json'))
    expect(path('/etc/b/servers.json')).not.toBe(path('/etc/servers.json'))
  })
})
