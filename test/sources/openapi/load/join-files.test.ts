import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isObject } from '../../../../src/core/json.ts'
import type { Limits } from '../../../../src/core/limits.ts'
import { defaultLimits } from '../../../../src/core/limits.ts'
import { loadDocument } from '../../../../src/sources/openapi/load/load-document.ts'
import type { DocumentPreview } from '../../../../src/sources/openapi/read-document.ts'
import { previewDocument } from '../../../../src/sources/openapi/read-source.ts'
import { serve } from '../helpers.ts'

const zoo = join(import.meta.dirname, '../../../fixtures/many-files')
const main = join(zoo, 'openapi.yaml')

const preview = (at: string, externalRefs = true, limits: Partial<Limits> = {}): Promise<DocumentPreview> =>
  previewDocument(
    { document: { at }, headers: {}, externalRefs },
    { limits: { ...defaultLimits, ...limits }, egress: { loopback: true } },
  )

const schemaOf = ({ tools }: DocumentPreview, name: string): Record<string, unknown> =>
  (tools.find(({ tool }) => tool.name === name)?.tool.inputSchema ?? {}) as Record<string, unknown>

const reasonOf = ({ skipped }: DocumentPreview, path: string): string =>
  skipped.flatMap(each => (each.path === path ? [`${each.code} ${each.reason}`] : [])).join('; ')

describe('a document of many files', () => {
  it('gives every operation whose files are there, and skips the others one by one', async () => {
    const read = await preview(main)
    expect(read.tools.map(({ tool }) => tool.name)).toEqual([
      ...['listAnimals', 'addAnimal', 'getAnimal', 'listKeepers', 'addKeeper', 'addFamily', 'addTag', 'example'],
    ])
    expect(read.skipped.map(({ path, code }) => [path, code])).toEqual([
      ['/animals', 'METHOD_UNSUPPORTED'],
      ['/animals', 'METHOD_UNSUPPORTED'],
      ['/missing-item', 'REF_UNREADABLE'],
      ['/broken', 'REF_UNREADABLE'],
      ['/outside', 'REF_REMOTE'],
      ['/encoded', 'REF_REMOTE'],
      ['/absolute', 'REF_REMOTE'],
      ['/web', 'REF_REMOTE'],
      ['/missing-schema', 'REF_UNREADABLE'],
    ])
    expect(reasonOf(read, '/missing-schema')).toContain(
      '"schemas/Nowhere.yaml" cannot be used. The file does not exist.',
    )
    expect(reasonOf(read, '/broken')).toContain('line 2, column 1')
    expect(reasonOf(read, '/outside')).toContain("points outside the document's own directory or origin")
  })

  it('knows the branches that a mapping names by their files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-mapping-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value))
    const animal = {
      oneOf: [{ $ref: './Cat.json' }, { $ref: 'Dog.json#/Dog' }],
      discriminator: { propertyName: 'kind', mapping: { cat: 'Cat.json', dog: './Dog.json#/Dog', cow: 'Cow.json' } },
    }
    const body = { content: { 'application/json': { schema: { properties: { animal: { $ref: 'animal.json' } } } } } }
    await write('openapi.json', {
      openapi: '3.1.0',
      paths: { '/a': { post: { operationId: 'a', requestBody: body } } },
    })
    await write('animal.json', animal)
    await write('Cat.json', { type: 'object' })
    await write('Dog.json', { Dog: { type: 'object' } })
    const shown = JSON.stringify(schemaOf(await preview(join(folder, 'openapi.json')), 'a'))
    expect(shown.match(/"kind":\{[^}]*\}/g)).toEqual(['"kind":{"const":"cat"}', '"kind":{"const":"dog"}'])
  })

  it('resolves a reference against the file it stands in', async () => {
    const read = await preview(main)
    expect(schemaOf(read, 'listAnimals').properties).toEqual({ limit: { type: 'integer', maximum: 100 } })
    expect(schemaOf(read, 'listKeepers')).toEqual(schemaOf(read, 'listAnimals'))
    expect(Object.keys(schemaOf(read, 'getAnimal').properties as object)).toEqual(['X-Trace', 'id'])
    expect(JSON.stringify(schemaOf(read, 'getAnimal'))).toContain('"minimum":1')
    expect(Object.keys(schemaOf(read, 'addKeeper').properties as object)).toEqual(['name', 'favourite'])
  })

  it('keeps files that refer to each other as definitions named after them', async () => {
    const read = await preview(main)
    const { $defs } = schemaOf(read, 'addAnimal')
    expect(Object.keys($defs as object).sort()).toEqual(['Animal', 'Keeper'])
    for (const { tool } of read.tools) expect(refsThatLeave(tool.inputSchema)).toEqual([])
  })

  it('reads what stands in examples as data, and a property named example as a schema', async () => {
    const loaded = await loadDocument({ at: main }, { limits: defaultLimits, externalRefs: true })
    expect(loaded.files?.some(file => file.includes('never-read'))).toBe(false)
    expect(JSON.stringify(schemaOf(await preview(main), 'example'))).toContain('favourite')
  })

  it('reads each file once, and tells which', async () => {
    const { files = [] } = await loadDocument({ at: main }, { limits: defaultLimits, externalRefs: true })
    expect(files.map(file => file.slice(file.indexOf('many-files/') + 11))).toEqual([
      ...['broken.json', 'parameters.yaml', 'paths/animals.yaml', 'paths/keepers.json', 'paths/nowhere.yaml'],
      ...['schemas/Animal.yaml', 'schemas/Family.yaml', 'schemas/Keeper.yaml', 'schemas/Nowhere.yaml'],
      ...['schemas/index.yaml', 'sub/dir/bodies.yaml'],
    ])
  })

  it('reads none of them unless its entry says so, and names the key', async () => {
    const read = await preview(main, false)
    expect(read.tools.map(({ tool }) => tool.name)).toEqual([])
    expect(new Set(read.skipped.map(({ code }) => code))).toEqual(new Set(['REF_REMOTE']))
    expect(read.skipped[0]?.reason).toContain('"externalRefs": true')
  })

  it.each([
    ['files', { maxDocumentFiles: 3 }, 'more than 3 files (limits.maxDocumentFiles)'],
    ['bytes of all files', { maxDocumentBytes: 2_700 }, 'pass 2700 bytes (limits.maxDocumentBytes)'],
  ])('stops at the limit of %s, and skips what is behind it', async (_, limits, reason) => {
    const { skipped } = await preview(main, true, limits)
    expect(skipped.map(each => each.reason).join('\n')).toContain(reason)
  })
})

describe('a link on disk', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-many-'))
    await cp(zoo, join(folder, 'zoo'), { recursive: true })
    await writeFile(join(folder, 'Secret.yaml'), 'type: object\nproperties: {secret: {type: string}}')
    await symlink('../../Secret.yaml', join(folder, 'zoo/schemas/Nowhere.yaml'))
    await symlink('animals.yaml', join(folder, 'zoo/paths/nowhere.yaml'))
    await symlink('zoo', join(folder, 'current'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is refused when it leaves the directory, and followed when it stays inside', async () => {
    const read = await preview(join(folder, 'zoo/openapi.yaml'))
    expect(reasonOf(read, '/missing-schema')).toContain("a link that leaves the document's directory")
    expect(JSON.stringify(read)).not.toContain('secret')
    expect(read.tools.map(({ key }) => key)).toContain('get /missing-item')
  })

  it('may be the directory itself', async () => {
    const read = await preview(join(folder, 'current/openapi.yaml'))
    expect(read.tools.length).toBeGreaterThan(8)
  })
})

describe('a document of many files at a URL', () => {
  it('has the files at its own origin, and nothing from elsewhere', async () => {
    const asked: string[] = []
    const other = await serve((request, response) => answer(asked, 'other', request, response))
    const files: Record<string, object> = {
      '/api/main.json': {
        openapi: '3.1.0',
        paths: {
          '/a': { $ref: 'items/a.json' },
          '/b': { $ref: '/shared/b.json?v=2#/item' },
          '/c': { $ref: `${other.url}/c.json` },
          '/d': { $ref: 'moved.json' },
          '/e': { $ref: 'items/a.json' },
        },
      },
      '/api/items/a.json': { get: { parameters: [{ $ref: '../main.json#/components/parameters/Q' }] } },
      '/shared/b.json?v=2': { item: { get: {} } },
    }
    Object.assign(files['/api/main.json'] ?? {}, { components: { parameters: { Q: { name: 'q', in: 'query' } } } })
    const { url, close } = await serve((request, response) => {
      if (request.url === '/api/moved.json') response.writeHead(302, { location: '/shared/b.json' }).end()
      else answer(asked, 'own', request, response, files)
    })
    const read = await preview(`${url}/api/main.json`)
    await Promise.all([close(), other.close()])
    expect(read.tools.map(({ key }) => key)).toEqual(['get /a', 'get /b', 'get /e'])
    expect(schemaOf(read, 'get_a').properties).toHaveProperty('q')
    expect([reasonOf(read, '/c'), reasonOf(read, '/d')]).toEqual([
      expect.stringContaining('origin'),
      expect.stringContaining('Redirects are not followed'),
    ])
    expect(asked).toEqual(['own /api/main.json', 'own /api/items/a.json', 'own /shared/b.json?v=2'])
  })

  it('that calls itself by another URL has its neighbours beside it', async () => {
    const main = {
      openapi: '3.2.0',
      $self: 'https://api.example/v3/openapi.json',
      paths: {
        '/own': { post: { requestBody: bodyOf('https://api.example/v3/openapi.json#/components/schemas/Pet') } },
        '/beside': { post: { requestBody: bodyOf('schemas/pet.json') } },
        '/elsewhere': { post: { requestBody: bodyOf('../v2/pet.json') } },
      },
      components: { schemas: { Pet: { type: 'object', properties: { own: { type: 'string' } } } } },
    }
    const pet = { type: 'object', properties: { beside: { $ref: 'https://api.example/v3/openapi.json#/info' } } }
    const { url, close } = await serve((request, response) =>
      answer([], '', request, response, { '/d/main.json': main, '/d/schemas/pet.json': pet }),
    )
    const [joined, alone] = [await preview(`${url}/d/main.json`), await preview(`${url}/d/main.json`, false)]
    await close()
    expect(joined.tools.map(({ key }) => key)).toEqual(['post /own', 'post /beside'])
    expect(schemaOf(joined, 'post_own').properties).toHaveProperty('own')
    expect(schemaOf(joined, 'post_beside').properties).toHaveProperty('beside')
    expect(alone.tools.map(({ key }) => key)).toEqual(['post /own'])
  })
})

function bodyOf($ref: string): object {
  return { content: { 'application/json': { schema: { $ref } } } }
}

function answer(
  asked: string[],
  name: string,
  { url = '' }: IncomingMessage,
  response: ServerResponse,
  files: Record<string, object> = {},
): void {
  asked.push(`${name} ${url}`)
  const file = files[url]
  response.writeHead(file === undefined ? 404 : 200).end(JSON.stringify(file ?? {}))
}

function refsThatLeave(schema: unknown): readonly string[] {
  const names = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? '')
  const defs = isObject(schema) && isObject(schema.$defs) ? schema.$defs : {}
  return names.filter(ref => !Object.hasOwn(defs, ref.replace('#/$defs/', '')))
}
