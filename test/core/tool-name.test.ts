import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  emptyLedger,
  explainName,
  maxNameLength,
  namePrefixes,
  nameTools,
  separator,
  withPrefix,
} from '../../src/core/tool-name.ts'
import type { SourceTool } from '../../src/core/tool-source.ts'

const tool = (key: string, rank = key): SourceTool => ({ key, rank, tool: { name: key, inputSchema: {} } })
const nameAll = (keys: readonly string[], ledger = emptyLedger, prefix = 'pets'): Record<string, string> =>
  Object.fromEntries(
    nameTools(
      prefix,
      keys.map(key => tool(key)),
      ledger,
    ),
  )
const legal = /^[A-Za-z0-9_-]{1,60}$/
const long = 'a'.repeat(80)

describe('nameTools', () => {
  it.each<[string, Record<string, string>]>([
    ['a legal name is kept', { listPets: 'listPets', 'list-pets': 'list-pets', list__pets: 'list__pets' }],
    ['each illegal character becomes an underscore', { 'pets/list!': 'pets_list_', 'a b': 'a_b' }],
    ['a character outside the basic plane becomes one underscore', { 'a😀b': 'a_b' }],
    ['half a surrogate pair becomes one underscore', { 'a\ud83db': 'a_b' }],
    ['on a clash the untouched key keeps its name', { get_pet: 'get_pet', 'get.pet': 'get_pet_2' }],
    ['two altered ones are numbered by rank', { 'foo/list': 'foo_list_2', 'foo.list': 'foo_list' }],
    ['a real name pushes both on', { 'foo/list': 'foo_list_3', 'foo.list': 'foo_list_2', foo_list: 'foo_list' }],
    ['a suffix steps over a name that is taken', { 'a.b': 'a_b_3', a_b: 'a_b', a_b_2: 'a_b_2' }],
    ['names that differ only in case are told apart', { GetPet: 'GetPet', getpet: 'getpet_2' }],
    ['a legal name of no letters stays', { _: '_', '--': '--' }],
    ['nothing is done to a name that looks like a prototype', { constructor: 'constructor', __proto: '__proto' }],
  ])('%s', (_, names) => {
    expect(nameAll(Object.keys(names))).toEqual(names)
  })

  it('gives a name of nothing but illegal characters a hash', () => {
    const names = nameAll(['日本語', '中文', ''])
    for (const name of Object.values(names)) expect(name).toMatch(/^tool_[0-9a-f]{8}$/)
    expect(new Set(Object.values(names)).size).toBe(3)
  })

  it('cuts a long name so that it fits with its prefix, and ends it in a hash of its identity', () => {
    const names = nameAll([`${long}1`, `${long}2`])
    for (const name of Object.values(names)) {
      expect(withPrefix('pets', name)).toHaveLength(maxNameLength)
      expect(name).toMatch(/^a+_[0-9a-f]{8}$/)
    }
    expect(new Set(Object.values(names)).size).toBe(2)
  })

  it('leaves room for the suffix inside the limit', () => {
    const twins = ['x', 'y', 'z'].map(key => ({
      key,
      rank: key,
      tool: { name: `${'a'.repeat(53)}.`, inputSchema: {} },
    }))
    const names = [...nameTools('pets', twins, emptyLedger).values()]
    expect(names).toEqual([`${'a'.repeat(53)}_`, `${'a'.repeat(52)}_2`, `${'a'.repeat(52)}_3`])
  })

  it('has the whole length at the endpoint of one source', () => {
    const key = 'a'.repeat(60)
    expect(nameAll([key], emptyLedger, '')).toEqual({ [key]: key })
    expect(nameAll([key])[key]).not.toBe(key)
  })

  it('follows rank, not key, where they differ', () => {
    const names = nameTools('p', [tool('a.b', '2'), tool('a/b', '1')], emptyLedger)
    expect(Object.fromEntries(names)).toEqual({ 'a/b': 'a_b', 'a.b': 'a_b_2' })
  })

  it('keeps names of the ledger although a legal name would like one of them', () => {
    expect(nameAll(['get.pet', 'get_pet'], new Map([['get.pet', 'get_pet']]))).toEqual({
      'get.pet': 'get_pet',
      get_pet: 'get_pet_2',
    })
  })

  it('does not give the name of a tool that is gone to an altered newcomer', () => {
    expect(nameAll(['a:b'], new Map([['a.b', 'a_b']]))).toEqual({ 'a:b': 'a_b_2' })
  })

  it('names anew what no longer fits behind a longer prefix', () => {
    const key = 'b'.repeat(54)
    const names = nameAll([key], new Map([[key, key]]), 'p'.repeat(24))
    expect(withPrefix('p'.repeat(24), names[key] ?? '')).toMatch(legal)
  })

  const keys = fc.uniqueArray(
    fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'A', 'b', '_', '2', '.', '/', ' ', 'ä'), maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 70 }),
    ),
    { maxLength: 25 },
  )
  const prefixes = fc.constantFrom('', 'p', 'pets', 'p'.repeat(24))

  it('gives names that are legal with their prefix and distinct ignoring case', () => {
    fc.assert(
      fc.property(keys, prefixes, (all, prefix) => {
        const names = [
          ...nameTools(
            prefix,
            all.map(key => tool(key)),
            emptyLedger,
          ).values(),
        ]
        for (const name of names) expect(withPrefix(prefix, name)).toMatch(legal)
        expect(new Set(names.map(name => name.toLowerCase())).size).toBe(all.length)
      }),
    )
  })

  it('does not depend on the order of the tools', () => {
    const shuffled = keys.chain(all => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })))
    fc.assert(
      fc.property(shuffled, prefixes, ([all, other], prefix) => {
        expect(nameAll(other, emptyLedger, prefix)).toEqual(nameAll(all, emptyLedger, prefix))
      }),
    )
  })

  it('leaves every legal name alone, as long as no other legal one differs only in case', () => {
    fc.assert(
      fc.property(keys, all => {
        const clean = all.filter(key => /^[A-Za-z0-9_-]{1,54}$/.test(key))
        const alone = clean.filter(key => clean.filter(other => other.toLowerCase() === key.toLowerCase()).length === 1)
        const names = nameAll(all)
        for (const key of alone) expect(names[key]).toBe(key)
      }),
    )
  })

  it('never renames a tool of the ledger, whatever is added or removed', () => {
    fc.assert(
      fc.property(keys, keys, (before, after) => {
        const ledger = nameTools(
          'pets',
          before.map(key => tool(key)),
          emptyLedger,
        )
        const names = nameTools(
          'pets',
          after.map(key => tool(key)),
          ledger,
        )
        for (const key of after) if (ledger.has(key)) expect(names.get(key)).toBe(ledger.get(key))
      }),
    )
  })
})

describe('namePrefixes', () => {
  it.each<[string, Record<string, string>]>([
    ['a legal id is its own prefix', { github: 'github', 'my-api': 'my-api', a_b: 'a_b' }],
    ['illegal characters become one underscore', { 'my server (new)': 'my_server_new' }],
    ['no prefix holds the separator', { a__b: 'a_b', a_: 'a_3', a: 'a', _a: 'a_2' }],
    ['a legal id keeps itself whatever else there is', { 'a b': 'a_b_2', a_b: 'a_b' }],
    ['ids that differ only in case are told apart', { GitHub: 'GitHub', github: 'github_2' }],
  ])('%s', (_, prefixes) => {
    expect(Object.fromEntries(namePrefixes(Object.keys(prefixes)))).toEqual(prefixes)
  })

  it('gives short, legal, distinct prefixes that never hold or end in part of the separator', () => {
    fc.assert(
      fc.property(sourceIds, ids => {
        const prefixes = [...namePrefixes(ids).values()]
        for (const prefix of prefixes) {
          expect(prefix).toMatch(/^[A-Za-z0-9_-]{1,24}$/)
          expect(prefix).not.toContain(separator)
          expect(prefix).not.toMatch(/^_|_$/)
        }
        expect(new Set(prefixes.map(prefix => prefix.toLowerCase())).size).toBe(ids.length)
      }),
    )
  })

  it('keeps any two sources from sharing a name', () => {
    const tools = fc.uniqueArray(fc.constantFrom('a', 'b', '_a', '__a', 'a__b', 'b__c', '_', 'ä', '_2', 'a_2', long))
    fc.assert(
      fc.property(sourceIds, tools, (ids, all) => {
        const names = [...namePrefixes(ids).values()].flatMap(prefix =>
          [
            ...nameTools(
              prefix,
              all.map(key => tool(key)),
              emptyLedger,
            ).values(),
          ].map(name => withPrefix(prefix, name)),
        )
        for (const name of names) expect(name).toMatch(legal)
        expect(new Set(names.map(name => name.toLowerCase())).size).toBe(ids.length * all.length)
      }),
    )
  })

  const sourceIds = fc.uniqueArray(
    fc.oneof(
      fc.constantFrom(
        'a',
        'a__b',
        'a_',
        '_a',
        'A',
        'ä',
        'a b',
        'a_b',
        'a_2',
        '_',
        '-',
        'a_b_2',
        `${long}1`,
        `${long}2`,
      ),
      fc.string({ unit: fc.constantFrom('a', 'A', '_', '-', 'ä', '2', ' '), minLength: 1, maxLength: 30 }),
    ),
    { maxLength: 12 },
  )
})

describe('explainName', () => {
  it.each([
    ['a kept name needs no reason', 'list', 'list', undefined],
    ['replaced characters', 'pets/list', 'pets_list', 'characters outside [A-Za-z0-9_-] became _'],
    ['a clash', 'get.pet', 'get_pet_2', 'another tool has the same name'],
    ['a cut', long, `${'a'.repeat(51)}_0a1b2c3d`, 'cut to 60 characters with its prefix, ends in a hash'],
    ['a name from before', 'newName', 'oldName', 'kept from an earlier list'],
  ])('%s', (_, wanted, name, reason) => {
    expect(explainName(wanted, name)).toBe(reason)
  })
})
