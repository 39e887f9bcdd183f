// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of servers.json look like placeholders.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { digestEntry } from '../../src/config/entry-digest.ts'
import { formatLock, lockPath, parseLock, readLock, writeLock } from '../../src/config/lock-file.ts'
import type { Lock } from '../../src/core/lock.ts'
import { read, temporary } from './load.ts'

const lock: Lock = new Map([
  ['zoo', { entry: 'e2', prefix: 'zoo', tools: new Map() }],
  [
    'pets "1"',
    {
      entry: 'e1',
      prefix: 'pets_1',
      tools: new Map([
        ['get /b', { name: 'pets_1__b', hash: 'h2' }],
        ['__proto__', { name: 'pets_1__proto', ownName: '__proto__', hash: 'h3' }],
        ['get /a', { name: 'pets_1__a', hash: 'h1' }],
      ]),
    },
  ],
])

const text = `{
  "version": 1,
  "sources": {
    "pets \\"1\\"": {
      "entry": "e1",
      "prefix": "pets_1",
      "tools": {
        "__proto__": { "name": "pets_1__proto", "ownName": "__proto__", "hash": "h3" },
        "get /a": { "name": "pets_1__a", "hash": "h1" },
        "get /b": { "name": "pets_1__b", "hash": "h2" }
      }
    },
    "zoo": {
      "entry": "e2",
      "prefix": "zoo",
      "tools": {}
    }
  }
}
`

describe('patchbay.lock.json', () => {
  it('is written with a line for each tool, sorted, and read as it was', () => {
    expect(formatLock(lock)).toBe(text)
    expect(formatLock(parseLock(text, 'x'))).toBe(text)
    expect(formatLock(new Map())).toBe('{\n  "version": 1,\n  "sources": {}\n}\n')
  })

  it('is written whole, and leaves nothing else behind', async () => {
    const path = lockPath(temporary())
    expect(await readLock(path)).toBeUndefined()
    await writeLock(path, lock)
    await writeLock(path, lock)
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(readdirSync(join(path, '..'))).toEqual(['patchbay.lock.json'])
  })

  it.each([
    ['no JSON', '<<<<<<< HEAD\n{', 'a merge left its marks'],
    ['another version', '{"version":2,"sources":{}}', 'is not a lock of version 1'],
    ['a source without tools', '{"version":1,"sources":{"a":{"entry":"","prefix":"a"}}}', 'has a source "a" without'],
    [
      'a prefix that is none',
      '{"version":1,"sources":{"a":{"entry":"","prefix":"a__b","tools":{}}}}',
      'has a source "a"',
    ],
    [
      'a tool without a hash',
      '{"version":1,"sources":{"a":{"entry":"","prefix":"a","tools":{"t":{"name":"a__t"}}}}}',
      'has a tool "t" without',
    ],
    ...[{ name: '' }, { name: 'a__b c' }, { name: 'a'.repeat(61) }, { name: 'a__t', ownName: '' }, { ownName: 7 }].map(
      (edited): [string, string, string] => [
        `a tool with ${JSON.stringify(edited)}`,
        JSON.stringify({
          version: 1,
          sources: { a: { entry: '', prefix: 'a', tools: { t: { name: 'a__t', hash: 'h', ...edited } } } },
        }),
        'has a tool "t" under a name that no tool may have',
      ],
    ),
  ])('is refused when it is %s', async (_, broken, message) => {
    const path = lockPath(temporary())
    writeFileSync(path, broken)
    await expect(readLock(path)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    })
  })
})

describe('the digest of an entry', () => {
  const entry = { openapi: 'specs/a.json', baseUrl: '${BASE}' }
  it.each<[string, object, boolean]>([
    ['another document', { ...entry, openapi: 'specs/b.json' }, true],
    ['a filter', { ...entry, allowedTools: ['a'] }, true],
    ['the order of keys', { baseUrl: '${BASE}', openapi: 'specs/a.json' }, false],
    ['a header, which may be a secret', { ...entry, headers: { a: 'b' }, auth_value: 'c' }, false],
    ['the lock itself', { ...entry, lock: 'enforce' }, false],
    ['a time limit', { ...entry, timeoutMs: 1 }, false],
  ])('depends on %s: %j', (_, other, differs) => {
    expect(digestEntry(other) !== digestEntry(entry)).toBe(differs)
  })

  it('is taken of the entry as written, so that no variable makes a difference', async () => {
    const document = { mcpServers: { api: entry, other: { alias: 'else', ...entry } } }
    const [one, two] = [await read(document, { BASE: 'https://one' }), await read(document, { BASE: 'https://two' })]
    expect(one.entryDigests).toEqual(two.entryDigests)
    expect(Object.keys(one.entryDigests)).toEqual(['api', 'else'])
    expect(one.entryDigests.api).toBe(digestEntry(entry))
  })
})
