import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { DocumentCache } from '../../../src/sources/openapi/cache/document-cache.ts'
import { openDocumentCache } from '../../../src/sources/openapi/cache/document-cache.ts'
import type { DocumentConfig } from '../../../src/sources/openapi/read-document.ts'
import { readSource } from '../../../src/sources/openapi/read-source.ts'
import { makeFolder } from '../../../src/store/make-folder.ts'
import { documentOf, serve } from './helpers.ts'
import { documentWithSchemes, entryFullOfSecrets, secretsOfEntry } from './secret-entry.ts'

const specs = process.env.PATCHBAY_SPECS ?? resolve(import.meta.dirname, '../../../../shared/specs')
const largeSpecs = existsSync(specs)
  ? readdirSync(specs).filter(name => /\.(json|yaml)$/.test(name) && statSync(join(specs, name)).size > 1_048_576)
  : []

/** No thread can be as quick, and no key holds this limit: what can be read so comes from the cache. */
const noTime = { ...defaultLimits, documentTimeoutMs: 1 }

const newFolder = () => mkdtempSync(join(tmpdir(), 'read-large-'))
const openCache = (folder: string): DocumentCache =>
  openDocumentCache({
    folder: join(folder, 'patchbay', 'documents'),
    reader: 'test',
    maxBytes: 1e9,
    readOnly: false,
    makeFolder,
    log: () => {},
  })
const filesOf = (folder: string) =>
  existsSync(join(folder, 'patchbay', 'documents')) ? readdirSync(join(folder, 'patchbay', 'documents')) : []

/** Reads a document, which is kept, and once more from what was kept. */
async function readTwice(entry: DocumentConfig, more: object = {}) {
  const folder = newFolder()
  const first = openCache(folder)
  const fresh = await readSource(entry, { limits: defaultLimits, cache: first, ...more })
  await first.close()
  expect(filesOf(folder)).toHaveLength(1)
  const again = () => readSource(entry, { limits: noTime, cache: openCache(folder), ...more })
  return { folder, fresh, again }
}

const filler = 'x'.repeat(1_100_000)
const writeLarge = (document: Record<string, unknown>): string => {
  const path = join(newFolder(), 'large.json')
  writeFileSync(path, JSON.stringify({ ...document, 'x-filler': filler }))
  return path
}
const small = documentOf({ '/a': { get: { parameters: [{ name: 'X-A', in: 'header', schema: {} }] } } })

describe('a large document', () => {
  it.each(largeSpecs)('%s is the same from the cache as read anew', async name => {
    const entry = { document: { at: join(specs, name) }, headers: {}, baseUrl: 'https://api.example.com/base' }
    const { fresh, again } = await readTwice(entry)
    expect(await again()).toEqual(fresh)
  })

  const github = join(specs, 'github.json')
  it.skipIf(!existsSync(github)).each<[string, Partial<DocumentConfig>]>([
    ['filters', { include: { tags: ['issues'] }, exclude: { deprecated: true }, readOnly: true }],
    ['overrides', { overrides: { 'issues/create': { name: 'new_issue', hidden: false }, nothing: { title: 'x' } } }],
    ['output schemas', { outputSchemas: true, schemaMode: 'refs' }],
    ['credentials and headers', { credentials: { token: { kind: 'value', value: 'v' } }, headers: { accept: 'a' } }],
    ['a server of its choice', { server: 0, serverVariables: { unknown: 'x' } }],
  ])("GitHub's is the same from the cache with %s", async (_, more) => {
    const { fresh, again } = await readTwice({ document: { at: github }, headers: {}, ...more })
    expect(await again()).toEqual(fresh)
  })

  it('keeps shared what tools share', async () => {
    const $ref = '#/components/schemas/Node'
    const node = { type: 'object', properties: { child: { $ref } } }
    const body = { requestBody: { content: { 'application/json': { schema: { $ref } } } } }
    const paths = Object.fromEntries(['/a', '/b'].map(path => [path, { post: { ...body, servers: [] } }]))
    const at = writeLarge(documentOf(paths, { components: { schemas: { Node: node } } }))
    const { fresh, again } = await readTwice({ document: { at }, headers: {} })
    for (const { tools, calls } of [fresh, await again()]) {
      const [first, second] = tools.map(({ tool }) => tool.inputSchema.$defs as Record<string, unknown>)
      expect(first?.Node).toBeDefined()
      expect(first?.Node).toBe(second?.Node)
      expect(new Set([...calls.values()].map(call => call.baseUrls)).size).toBe(1)
      for (const { key, tool } of tools) expect(calls.get(key)?.inputSchema).toBe(tool.inputSchema)
    }
  })

  it('leaves no secret of its entry in the cache', async () => {
    const at = writeLarge(documentWithSchemes)
    const { folder, fresh, again } = await readTwice({ document: { at }, ...entryFullOfSecrets })
    expect(await again()).toEqual(fresh)
    expect(fresh.security.secrets).toContain('secret-of-key')
    for (const name of filesOf(folder)) {
      const all = name + readFileSync(join(folder, 'patchbay', 'documents', name), 'latin1')
      for (const secret of secretsOfEntry) {
        expect(all.includes(secret)).toBe(false)
        expect(all.includes(Buffer.from(secret, 'utf16le').toString('latin1'))).toBe(false)
      }
      expect(all).toContain('client')
    }
  })

  it('takes from its entry what is not kept: one extract serves entries with other secrets and addresses', async () => {
    const at = writeLarge(documentWithSchemes)
    const { folder } = await readTwice({ document: { at }, headers: { 'x-static': 'a' } })
    const cache = openCache(folder)
    const options = { limits: noTime, cache }
    const other = await readSource(
      {
        document: { at },
        headers: { 'x-static': 'b' },
        credentials: { key: { kind: 'value', value: 'the-key' } },
        server: 0,
        serverVariables: { tenant: 'b' },
      },
      options,
    )
    expect(other.servers).toEqual(['https://b.example.com/'])
    expect(other.security.secrets).toContain('the-key')
  })

  it.each<[string, Partial<DocumentConfig>, (at: string) => void]>([
    ['a byte of the document', {}, at => writeFileSync(at, readFileSync(at, 'utf8').replace('Test', 'Tent'))],
    ['a setting', { headers: { 'x-b': 'b' } }, () => {}],
    ['nothing, as a control', {}, () => {}],
  ])('is read again after a change of %s', async (what, more, change) => {
    const at = writeLarge(small)
    const { folder } = await readTwice({ document: { at }, headers: {} })
    change(at)
    const entry = { document: { at }, headers: {}, ...more }
    const reading = readSource(entry, { limits: noTime, cache: openCache(folder) })
    if (what.startsWith('nothing')) expect((await reading).tools).toHaveLength(1)
    else await expect(reading).rejects.toMatchObject({ data: { code: 'E_SPEC_TIME' } })
  })

  it('is read again when what was kept cannot be understood', async () => {
    const at = writeLarge(small)
    const cache = { ...openCache(newFolder()), mayHave: () => true, take: () => Buffer.from('nonsense') }
    const { tools } = await readSource({ document: { at }, headers: {} }, { limits: defaultLimits, cache })
    expect(tools).toHaveLength(1)
  })

  it('is kept where it came from a URL, which is asked for it all the same', async () => {
    let asked = 0
    const text = JSON.stringify({ ...small, 'x-filler': filler })
    const server = await serve((_, response) => {
      asked += 1
      response.end(text)
    })
    try {
      const document = { at: `${server.url}/openapi.json?key=secret` }
      const more = { egress: { loopback: true } }
      const { folder, fresh, again } = await readTwice({ document, headers: {} }, more)
      expect(await again()).toEqual(fresh)
      expect(fresh.servers).toEqual([`${server.url}/`])
      expect(asked).toBe(2)
      for (const name of filesOf(folder)) {
        expect(readFileSync(join(folder, 'patchbay', 'documents', name), 'latin1')).not.toContain('secret')
      }
    } finally {
      await server.close()
    }
  })

  it.each<[string, () => DocumentConfig, object]>([
    ['is made of several files', () => ({ document: { at: writeLarge(small) }, headers: {}, externalRefs: true }), {}],
    ['is checked', () => ({ document: { at: writeLarge(small) }, headers: {} }), { lint: true }],
    [
      'is written down in its entry',
      () => ({ document: { inline: JSON.stringify({ ...small, filler }) }, headers: {} }),
      {},
    ],
    ['is small', () => ({ document: { at: writeSmall() }, headers: {} }), {}],
  ])('is not kept when it %s', async (_, entryOf, more) => {
    const folder = newFolder()
    const cache = openCache(folder)
    const { tools } = await readSource(entryOf(), { limits: defaultLimits, cache, ...more })
    await cache.close()
    expect([tools.length, filesOf(folder)]).toEqual([1, []])
  })
})

function writeSmall(): string {
  const path = join(newFolder(), 'small.json')
  writeFileSync(path, JSON.stringify(small))
  return path
}
