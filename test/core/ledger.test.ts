import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildCatalog } from '../../src/core/catalog.ts'
import { fromLedgerJson, mergeLedgers, toLedgerJson, withLockedNames } from '../../src/core/ledger.ts'
import { lockSource } from '../../src/core/lock.ts'
import type { SourceTool } from '../../src/core/tool-source.ts'

const tool = (key: string, name = key, formerKey?: string): SourceTool => ({
  key,
  rank: key,
  tool: { name, inputSchema: { type: 'object' } },
  ...(formerKey !== undefined && { formerKey }),
})
const catalogOf = (tools: SourceTool[], previous?: ReturnType<typeof buildCatalog>) =>
  buildCatalog([{ id: 'pets', tools }], {}, previous)
const namesOf = (catalog: ReturnType<typeof buildCatalog>) =>
  Object.fromEntries(catalog.entries.map(({ key, name, ownName }) => [key, [name, ownName]]))

describe('a ledger as JSON', () => {
  it('gives the same names to whatever comes next, as if there had been no restart', () => {
    const keys = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 70 }), { maxLength: 8 })
    fc.assert(
      fc.property(keys, keys, (first, second) => {
        const before = catalogOf(first.map(key => tool(key)))
        const [ledger] = before.ledgers.values()
        if (ledger === undefined) throw new Error('no ledger')
        const kept = fromLedgerJson(JSON.parse(JSON.stringify(toLedgerJson(ledger))))
        const restarted = { ...before, ledgers: new Map(kept && [['pets', kept]]) }
        const next = second.map(key => tool(key))
        expect(namesOf(catalogOf(next, restarted))).toEqual(namesOf(catalogOf(next, before)))
      }),
    )
  })

  it.each([
    ['nothing', undefined],
    ['another version', { version: 2, prefix: 'pets', names: [] }],
    ['a prefix that is none', { version: 1, prefix: 'a__b', names: [] }],
    ['no list', { version: 1, prefix: 'pets', names: {} }],
  ])('is not read from %s', (_, value) => {
    expect(fromLedgerJson(value)).toBeUndefined()
  })

  it('leaves out what cannot be a name', () => {
    const names = [['a', 'good'], ['b', 'bad name'], ['c', 'x'.repeat(61)], [1, 'd'], 'e', ['f', null, 'own']]
    const ledger = fromLedgerJson({ version: 1, prefix: 'pets', names })
    expect([...(ledger?.prefixed ?? [])]).toEqual([['a', 'good']])
    expect([...(ledger?.own ?? [])]).toEqual([
      ['a', 'good'],
      ['f', 'own'],
    ])
  })
})

describe('names', () => {
  it('of a lock win over those of this machine, so that all machines agree', () => {
    const there = catalogOf([tool('x.y'), tool('x/y')])
    const locked = lockSource(there.entries, 'pets', 'e')
    const here = catalogOf([tool('x/y')])
    expect(namesOf(here)).toEqual({ 'x/y': ['pets__x_y', 'x_y'] })
    const ledger = withLockedNames(here.ledgers.get('pets'), locked)
    const next = catalogOf([tool('x/y'), tool('x.y')], { ...here, ledgers: new Map([['pets', ledger]]) })
    expect(namesOf(next)).toEqual(Object.fromEntries(Object.entries(namesOf(there)).reverse()))
  })

  it('of a lock are not taken where they are only a prefix', () => {
    const locked = { entry: 'e', prefix: 'pets', tools: new Map([['a', { name: 'pets__', hash: 'h' }]]) }
    const ledgers = new Map([['pets', withLockedNames(undefined, locked)]])
    expect(namesOf(catalogOf([tool('a')], { ...catalogOf([]), ledgers }))).toEqual({ a: ['pets__a', 'a'] })
  })

  it('of another process are added where nothing stands against them', () => {
    const ledger = (names: Record<string, string>) => {
      const map = new Map(Object.entries(names))
      return { prefix: 'pets', prefixed: map, own: map }
    }
    const merged = mergeLedgers(ledger({ a: 'a', b: 'b_2' }), ledger({ b: 'b', c: 'A', d: 'd' }))
    expect(Object.fromEntries(merged.prefixed)).toEqual({ a: 'a', b: 'b_2', d: 'd' })
  })

  it('of another process are no more than of tools that are gone, so that writing them does not add up', () => {
    const ledger = (start: string, count: number) => {
      const map = new Map(Array.from({ length: count }, (_, index) => [`${start}${index}`, `${start}${index}`]))
      return { prefix: 'pets', prefixed: map, own: map }
    }
    const merged = mergeLedgers(ledger('a', 5), ledger('b', 10_005))
    expect([merged.prefixed.size, merged.own.size]).toEqual([10_005, 10_005])
    expect(merged.prefixed.has('b4')).toBe(false)
    expect([...merged.prefixed.keys()].slice(-5)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4'])
  })

  it.each<[string, SourceTool[], SourceTool[], Record<string, string>]>([
    [
      'move with an operation that has no id',
      [tool('get /a', 'get_a')],
      [tool('get /b', 'get_b', 'get /a')],
      { 'get /b': 'pets__get_a' },
    ],
    [
      'move with one that was renamed for its neighbour',
      [tool('get /a', 'x.y'), tool('get /b', 'x_y')],
      [tool('get /v2/a', 'x.y', 'get /a'), tool('get /b', 'x_y')],
      { 'get /v2/a': 'pets__x_y_2', 'get /b': 'pets__x_y' },
    ],
    [
      'stay where the former key is still there',
      [tool('get /a', 'get_a')],
      [tool('get /a', 'get_a'), tool('get /b', 'get_b', 'get /a')],
      { 'get /a': 'pets__get_a', 'get /b': 'pets__get_b' },
    ],
  ])('%s', (_, before, after, expected) => {
    const { entries } = catalogOf(after, catalogOf(before))
    expect(Object.fromEntries(entries.map(({ key, name }) => [key, name]))).toEqual(expected)
  })
})
