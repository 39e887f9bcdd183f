import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import type { DocumentCacheOptions } from '../../../../src/sources/openapi/cache/document-cache.ts'
import { openDocumentCache } from '../../../../src/sources/openapi/cache/document-cache.ts'
import { makeFolder } from '../../../../src/store/make-folder.ts'

const newFolder = () => join(mkdtempSync(join(tmpdir(), 'document-cache-')), 'cache', 'patchbay', 'documents')
const keyOf = (digest: string) => ({ digest, size: 5, config: { hiddenHeaders: [] }, limits: defaultLimits })
const key = keyOf('a')
const bytes = Buffer.from('the extract')

function open(folder: string, more: Partial<DocumentCacheOptions> = {}) {
  const lines: string[] = []
  const log = (line: string) => void lines.push(line)
  const cache = openDocumentCache({
    folder,
    reader: 'reader',
    maxBytes: 100_000,
    readOnly: false,
    makeFolder,
    log,
    ...more,
  })
  return { ...cache, lines }
}

/** A folder in which one extract is kept; the path of its file. */
async function keepOne() {
  const folder = newFolder()
  const cache = open(folder)
  cache.keep(Promise.resolve(key), bytes)
  await cache.close()
  const [name = ''] = readdirSync(folder)
  return { folder, path: join(folder, name) }
}

describe('the cache of documents', () => {
  it('gives the next process what was kept', async () => {
    const { folder } = await keepOne()
    const next = open(folder)
    expect([next.mayHave(5), next.mayHave(6)]).toEqual([true, false])
    expect(Buffer.from(next.take(key) ?? [])).toEqual(bytes)
    expect(next.take(keyOf('b'))).toBeUndefined()
    expect(open(folder, { reader: 'another' }).mayHave(5)).toBe(false)
    expect(open(folder, { reader: 'another' }).take(key)).toBeUndefined()
  })

  it('makes folders and files for this user alone', async () => {
    const { folder, path } = await keepOne()
    const modes = [dirname(dirname(folder)), dirname(folder), folder, path].map(each => statSync(each).mode & 0o777)
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o600])
  })

  it('writes nothing before a while has passed', () => {
    const folder = newFolder()
    open(folder).keep(Promise.resolve(key), bytes)
    expect(() => readdirSync(folder)).toThrow(/ENOENT/)
  })

  it.each([
    ['is cut off', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -1))],
    ['is empty', (path: string) => writeFileSync(path, '')],
    ['has another byte', (path: string) => writeFileSync(path, flipLast(readFileSync(path)))],
    ['is longer', (path: string) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from('x')]))],
    ['is something else', (path: string) => writeFileSync(path, 'x'.repeat(500))],
    ['may be written by others', (path: string) => chmodSync(path, 0o666)],
    [
      'is a link',
      (path: string) => {
        renameSync(path, `${path}.away`)
        symlinkSync(`${path}.away`, path)
      },
    ],
  ])('drops a file that %s', async (_, spoil) => {
    const { folder, path } = await keepOne()
    spoil(path)
    const cache = open(folder)
    expect(cache.take(key)).toBeUndefined()
    expect(cache.lines).toEqual([expect.stringContaining('is damaged')])
    await cache.close()
    expect(readdirSync(folder).filter(name => !name.endsWith('.away'))).toEqual([])
    cache.keep(Promise.resolve(key), bytes)
    await cache.close()
    expect(Buffer.from(open(folder).take(key) ?? [])).toEqual(bytes)
  })

  it.each([
    ['others may write to', (folder: string) => chmodSync(folder, 0o777)],
    ['lies in one that others may write to', (folder: string) => chmodSync(dirname(folder), 0o770)],
    [
      'is a link',
      (folder: string) => {
        renameSync(folder, `${folder}.away`)
        symlinkSync(`${folder}.away`, folder)
      },
    ],
  ])('does not use a folder that %s', async (_, spoil) => {
    const { folder } = await keepOne()
    spoil(folder)
    const cache = open(folder)
    expect(cache.take(key)).toBeUndefined()
    cache.keep(Promise.resolve(keyOf('b')), bytes)
    await cache.close()
    cache.keep(Promise.resolve(keyOf('c')), bytes)
    await cache.close()
    expect(readdirSync(folder)).toHaveLength(1)
    expect(cache.lines).toEqual([expect.stringContaining('is not a folder that only this user may write to')])
  })

  it.each([
    ['since a file is there', join(mkdtempSync(join(tmpdir(), 'document-cache-')), 'file')],
    // Node's own `recursive` never comes back from there.
    ['in a file system that takes none', '/proc/nothing'],
  ])('does without where no folder can be made %s, and says so once', async (_, file) => {
    if (!file.startsWith('/proc')) writeFileSync(file, '')
    const cache = open(join(file, 'patchbay', 'documents'))
    expect([cache.mayHave(5), cache.take(key)]).toEqual([false, undefined])
    for (const digest of ['a', 'b']) {
      cache.keep(Promise.resolve(keyOf(digest)), bytes)
      await cache.close()
    }
    expect(cache.lines).toHaveLength(1)
  })

  it('only reads for who only looks', async () => {
    const { folder, path } = await keepOne()
    utimesSync(path, 1, 1)
    const cache = open(folder, { readOnly: true })
    expect(cache.take(key)).toBeDefined()
    cache.keep(Promise.resolve(keyOf('b')), bytes)
    writeFileSync(path, 'broken')
    expect(cache.take(key)).toBeUndefined()
    await cache.close()
    expect(readdirSync(folder)).toHaveLength(1)
    const nowhere = newFolder()
    const other = open(nowhere, { readOnly: true })
    other.keep(Promise.resolve(key), bytes)
    await other.close()
    expect(() => readdirSync(nowhere)).toThrow(/ENOENT/)
  })

  it('removes what was not used for the longest time where there is too much', async () => {
    const folder = newFolder()
    const large = Buffer.alloc(1_000)
    const cache = open(folder, { maxBytes: 3_500 })
    const names: string[] = []
    for (const [index, digest] of ['a', 'b', 'c'].entries()) {
      cache.keep(Promise.resolve(keyOf(digest)), large)
      await cache.close()
      const name = readdirSync(folder).find(each => !names.includes(each)) ?? ''
      names.push(name)
      utimesSync(join(folder, name), index + 1, index + 1)
    }
    expect(cache.take(keyOf('a'))).toBeDefined()
    await cache.close()
    cache.keep(Promise.resolve(keyOf('d')), large)
    await cache.close()
    expect(['a', 'b', 'c', 'd'].map(digest => cache.take(keyOf(digest)) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ])
    cache.keep(Promise.resolve(keyOf('e')), Buffer.alloc(3_500))
    await cache.close()
    expect(cache.take(keyOf('e'))).toBeUndefined()
  })

  it('removes what a crash has left behind, and nothing that is being written', async () => {
    const folder = newFolder()
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of ['old.tmp', 'new.tmp']) writeFileSync(join(folder, name), 'x')
    utimesSync(join(folder, 'old.tmp'), 1, 1)
    const cache = open(folder)
    cache.keep(Promise.resolve(key), bytes)
    await cache.close()
    expect(readdirSync(folder).filter(name => name.endsWith('.tmp'))).toEqual(['new.tmp'])
  })
})

function flipLast(all: Buffer): Buffer {
  all.writeUInt8(all.readUInt8(all.length - 1) ^ 1, all.length - 1)
  return all
}
