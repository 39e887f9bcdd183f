import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mapNames, openAiNames } from '../../../src/providers/boundary/tool-names.ts'

const long = 'a'.repeat(70)

describe('mapNames', () => {
  it.each<[string, string[], Record<string, string>]>([
    ['a legal name is not touched', ['get_pet', 'get-pet', 'GetPet9'], {}],
    ['each illegal character becomes an underscore', ['pets/list v2'], { 'pets/list v2': 'pets_list_v2' }],
    ['the untouched name keeps itself', ['foo/bar', 'foo_bar'], { 'foo/bar': 'foo_bar_2' }],
    ['whatever the order', ['foo_bar', 'foo/bar'], { 'foo/bar': 'foo_bar_2' }],
    ['three meet on one name', ['foo/bar', 'foo.bar', 'foo_bar'], { 'foo.bar': 'foo_bar_2', 'foo/bar': 'foo_bar_3' }],
    ['a suffix steps over a real name', ['a.b', 'a_b', 'a_b_2'], { 'a.b': 'a_b_3' }],
    ['duplicates are one name', ['a.b', 'a.b'], { 'a.b': 'a_b' }],
    ['an empty name becomes a word', [''], { '': 'tool' }],
    [
      'a name of prototypes is a name like others',
      ['__proto__', 'constructor', 'to.string'],
      { 'to.string': 'to_string' },
    ],
  ])('%s', (_, names, changed) => {
    expect(Object.fromEntries(mapNames(openAiNames, names).forward)).toEqual(changed)
  })

  it('cuts a long name to 64 characters that end in a hash of the whole', () => {
    const { forward } = mapNames(openAiNames, [`${long}x`, `${long}y`])
    const [x = '', y = ''] = forward.values()
    expect(x).toMatch(/^a{55}_[0-9a-f]{8}$/)
    expect(y).toMatch(/^a{55}_[0-9a-f]{8}$/)
    expect(x).not.toBe(y)
  })

  it('gives a name that is only mentioned what the tools left over', () => {
    const { forward } = mapNames(openAiNames, ['a/b'], ['a.b'])
    expect(Object.fromEntries(forward)).toEqual({ 'a/b': 'a_b', 'a.b': 'a_b_2' })
  })

  it('steps around reserved names', () => {
    expect(mapNames(openAiNames, ['web.search'], [], ['web_search']).forward.get('web.search')).toBe('web_search_2')
  })

  it('puts a letter or underscore first where the provider wants one', () => {
    const rule = { ...openAiNames, first: /^[a-zA-Z_]/ }
    expect(Object.fromEntries(mapNames(rule, ['2fa', '_ok', 'ok']).forward)).toEqual({ '2fa': '_2fa' })
  })

  it('always gives legal, distinct names that lead back, whatever the order', () => {
    const name = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.stringMatching(/^[ab._/]{1,4}$/),
      fc.stringMatching(/^[a-c]{60,70}$/),
    )
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), names => {
        const { forward, reverse } = mapNames(openAiNames, names)
        const sent = names.map(name => forward.get(name) ?? name)
        expect(new Set(sent).size).toBe(names.length)
        for (const [index, wire] of sent.entries()) {
          expect(wire).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
          expect(reverse.get(wire) ?? wire).toBe(names[index])
        }
        expect(mapNames(openAiNames, names.toReversed()).forward).toEqual(forward)
      }),
    )
  })
})
