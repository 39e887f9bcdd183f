import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CatalogSource, Endpoint } from '../../src/core/catalog.ts'
import { buildCatalog, emptyCatalog, findEndpoint, viewOf } from '../../src/core/catalog.ts'

const source = (id: string, keys: readonly string[], rest: Partial<CatalogSource> = {}): CatalogSource => ({
  id,
  tools: keys.map(key => ({ key, rank: key, tool: { name: key, inputSchema: {}, 'x-kept': id } })),
  ...rest,
})
const pets = source('pets', ['list', 'get.pet'])
const shop = source('my shop', ['list', 'buy'])
const names = (endpoint: Endpoint, sources: readonly CatalogSource[], access = {}): string[] =>
  viewOf(buildCatalog(sources, {}), endpoint, access).tools.map(({ name }) => name)

describe('buildCatalog', () => {
  it('joins names to sources and keys, in the order of sources and their lists', () => {
    const { entries, sourceIds, version } = buildCatalog([pets, shop], {})
    expect(entries.map(({ name, ownName, sourceId, key }) => [name, ownName, sourceId, key])).toEqual([
      ['pets__list', 'list', 'pets', 'list'],
      ['pets__get_pet', 'get_pet', 'pets', 'get.pet'],
      ['my_shop__list', 'list', 'my shop', 'list'],
      ['my_shop__buy', 'buy', 'my shop', 'buy'],
    ])
    expect([sourceIds, version]).toEqual([['pets', 'my shop'], 1])
  })

  it('says why a tool is renamed, and says nothing where only the prefix was added', () => {
    expect(buildCatalog([pets], {}).entries.map(({ renamed }) => renamed)).toEqual([
      undefined,
      'characters outside [A-Za-z0-9_-] became _',
    ])
  })

  it('keeps the first of two tools with one key, at its place', () => {
    const [first, second] = [source('a', ['x', 'y']), source('a', ['x'])]
    const twice = { id: 'a', tools: [...first.tools, ...second.tools] }
    const { entries } = buildCatalog([twice], {})
    expect(entries.map(({ key }) => key)).toEqual(['x', 'y'])
    expect(entries[0]?.tool).toBe(first.tools[0]?.tool)
  })

  it('counts versions up and keeps names when a list is re-sorted or grows', () => {
    const before = buildCatalog([source('a', ['x.y'])], {})
    const after = buildCatalog([source('a', ['x_y', 'x.y'])], {}, before)
    expect(after.version).toBe(2)
    expect(after.entries.map(({ key, name }) => [key, name])).toEqual([
      ['x_y', 'a__x_y_2'],
      ['x.y', 'a__x_y'],
    ])
  })

  it('gives a source its old names back after it was away', () => {
    const first = buildCatalog([source('a', ['x.y', 'x/y'])], {})
    const away = buildCatalog([source('a', [])], {}, first)
    const gone = buildCatalog([], {}, away)
    const back = buildCatalog([source('a', ['x:y', 'x/y', 'x.y'])], {}, gone)
    expect(Object.fromEntries(back.entries.map(({ key, name }) => [key, name]))).toEqual({
      'x.y': 'a__x_y',
      'x/y': 'a__x_y_2',
      'x:y': 'a__x_y_3',
    })
  })

  it('remembers the names of sources that went, the last hundred of them', () => {
    const passing = Array.from({ length: 300 }, (_, at) => source(`s${at}`, ['get.pet']))
    let catalog = buildCatalog([pets], {})
    for (const each of passing) catalog = buildCatalog([pets, each], {}, catalog)
    const ids = [...buildCatalog([pets], {}, catalog).ledgers.keys()]
    expect(ids).toEqual([...passing.slice(-100).map(({ id }) => id), 'pets'])
  })

  it('keeps the prefix of a source when another one arrives that would have it by right', () => {
    const before = buildCatalog([shop], {})
    const after = buildCatalog([source('my_shop', ['list']), shop], {}, before)
    expect(after.entries.map(({ name }) => name)).toEqual(['my_shop_2__list', 'my_shop__list', 'my_shop__buy'])
  })

  it('lets a legal newcomer have the name of a tool that is gone, for good', () => {
    const first = buildCatalog([source('a', ['x.y'])], {})
    const taken = buildCatalog([source('a', ['x_y'])], {}, first)
    expect(taken.entries[0]?.name).toBe('a__x_y')
    const both = buildCatalog([source('a', ['x.y', 'x_y'])], {}, taken)
    expect(both.entries.map(({ name }) => name)).toEqual(['a__x_y_2', 'a__x_y'])
  })

  it.each<[string, Partial<CatalogSource>, string[]]>([
    ['by own name', { allowedTools: ['list'] }, ['pets__list']],
    ['by public name', { allowedTools: ['pets__get_pet'] }, ['pets__get_pet']],
    ['by key', { allowedTools: ['get.pet'] }, ['pets__get_pet']],
    ['by pattern', { allowedTools: ['get*'] }, ['pets__get_pet']],
    ['nothing, where the list is empty', { allowedTools: [] }, []],
    ['all but those refused', { disallowedTools: ['list'] }, ['pets__get_pet']],
    ['those allowed, although refused as well', { allowedTools: ['list'], disallowedTools: ['*'] }, ['pets__list']],
  ])('offers %s', (_, filter, expected) => {
    expect(buildCatalog([{ ...pets, ...filter }], {}).entries.map(({ name }) => name)).toEqual(expected)
  })

  it('renames nothing when one more tool is allowed', () => {
    const both = source('a', ['x.y', 'x_y'])
    const one = buildCatalog([{ ...both, allowedTools: ['x.y'] }], {})
    const all = buildCatalog([both], {})
    expect(one.entries[0]?.name).toBe(all.entries.find(({ key }) => key === 'x.y')?.name)
  })

  it('never renames a tool through any run of lists, as long as it stays listed', () => {
    const keys = fc.subarray(['x.y', 'x/y', 'x:y', 'X.Y', 'x y', 'x_y_2', 'z'])
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 6 }), lists => {
        let catalog = emptyCatalog
        for (const list of lists) {
          const next = buildCatalog([source('a', list)], {}, catalog)
          const before = new Map(catalog.entries.map(({ key, name }) => [key, name]))
          for (const { key, name } of next.entries) if (before.has(key)) expect(name).toBe(before.get(key))
          expect(new Set(next.entries.map(({ name }) => name.toLowerCase())).size).toBe(list.length)
          catalog = next
        }
      }),
    )
  })
})

describe('viewOf', () => {
  it.each<[string, Endpoint, object, string[]]>([
    ['everything, prefixed', { kind: 'all' }, {}, ['pets__list', 'pets__get_pet', 'my_shop__list', 'my_shop__buy']],
    ['one source under its own names', { kind: 'source', id: 'my shop' }, {}, ['list', 'buy']],
    ['a group, prefixed', { kind: 'some', ids: ['pets'] }, {}, ['pets__list', 'pets__get_pet']],
    ['an empty group', { kind: 'some', ids: [] }, {}, []],
    ['an unknown source', { kind: 'source', id: 'x' }, {}, []],
    ['only what the caller may use', { kind: 'all' }, { sources: ['pets'] }, ['pets__list', 'pets__get_pet']],
    [
      'rules by public name at the own endpoint too',
      { kind: 'source', id: 'pets' },
      { tools: ['pets__list'] },
      ['list'],
    ],
  ])('shows %s', (_, endpoint, access, expected) => {
    expect(names(endpoint, [pets, shop], access)).toEqual(expected)
  })

  it('finds exactly what it lists, and keeps unknown fields of tools', () => {
    const view = viewOf(buildCatalog([pets, shop], {}), { kind: 'all' }, { sources: ['my shop'] })
    for (const { name } of view.tools) expect(view.find(name)?.name).toBe(name)
    expect(view.tools[0]).toEqual({ name: 'my_shop__list', inputSchema: {}, 'x-kept': 'my shop' })
    expect(view.find('pets__list')).toBeUndefined()
    expect(view.find('list')).toBeUndefined()
    expect(view.find('constructor')).toBeUndefined()
  })
})

describe('findEndpoint', () => {
  const catalog = { sourceIds: ['pets', 'both'], groups: { all: ['pets', 'both'], both: ['pets'] } }
  it.each<[string, Endpoint | undefined]>([
    ['pets', { kind: 'source', id: 'pets' }],
    ['all', { kind: 'some', ids: ['pets', 'both'] }],
    ['both', { kind: 'source', id: 'both' }],
    ['nobody', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
  ])('%s', (name, expected) => {
    expect(findEndpoint(catalog, name)).toEqual(expected)
  })
})
