import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseRequirement, readRequirements } from '../../../../src/sources/openapi/security/requirements.ts'

const choose = (security: unknown, has: readonly string[]) =>
  chooseRequirement(readRequirements(security) ?? [], name => has.includes(name))

describe('the choice among security requirements', () => {
  it.each<[string, unknown, string[], string[], string[]]>([
    ['none is asked for by []', [], ['a'], [], []],
    ['none is asked for by [{}]', [{}], ['a'], [], []],
    ['the one that there is', [{ a: [] }], ['a'], ['a'], []],
    ['the first of two', [{ a: [] }, { b: [] }], ['a', 'b'], ['a'], []],
    ['the second where the first is missing', [{ a: [] }, { b: ['scope'] }], ['b'], ['b'], []],
    ['all of one', [{ a: [], b: [] }], ['a', 'b'], ['a', 'b'], []],
    ['a whole one before a half one', [{ a: [], b: [] }, { c: [] }], ['a', 'c'], ['c'], []],
    ['an optional one where it is there', [{}, { a: [] }], ['a'], ['a'], []],
    ['none where the optional one is missing', [{ a: [] }, {}], [], [], []],
    ['half of what is asked for, and what is missing', [{ a: [], b: [] }], ['b'], ['b'], ['a']],
    ['the one that lacks least', [{ a: [], b: [] }, { c: [] }], [], [], ['c']],
    ['the first of those that lack the same', [{ a: [] }, { b: [] }], [], [], ['a']],
    ['one that is named by its place (3.2)', [{ '#/components/securitySchemes/a~1b': [] }], ['a/b'], ['a/b'], []],
    ['what is no requirement counts for nothing', [null, 'a', { a: [] }], ['a'], ['a'], []],
  ])('%s', (_, security, has, schemes, missing) => {
    const chosen = choose(security, has)
    expect([[...chosen.schemes.keys()], chosen.missing]).toEqual([schemes, missing])
  })

  it('keeps the scopes of the one that is taken, sorted, and nothing that is none', () => {
    const security = [{ a: ['of another'] }, { b: ['write', 'read', 'read', 7, 'no "scope"', ''], c: 'read' }]
    expect(choose(security, ['b', 'c']).schemes).toEqual(
      new Map([
        ['b', ['read', 'write']],
        ['c', []],
      ]),
    )
  })

  it.each([[undefined], [null], ['a'], [{}]])('does not take %j for a list', raw => {
    expect(readRequirements(raw)).toBeUndefined()
  })

  it('sends nothing that has no credential, and lacks nothing where one alternative can be met', () => {
    const names = fc.constantFrom<string>('a', 'b', 'c', 'd')
    const list = fc.array(fc.uniqueArray(names), { maxLength: 5 })
    fc.assert(
      fc.property(list, fc.uniqueArray(names), (alternatives, has) => {
        const security = alternatives.map(each => Object.fromEntries(each.map(name => [name, []])))
        const { schemes, missing } = choose(security, has)
        const isMet = alternatives.length === 0 || alternatives.some(each => each.every(name => has.includes(name)))
        expect([...schemes.keys()].every(name => has.includes(name))).toBe(true)
        expect(missing.length === 0).toBe(isMet)
      }),
    )
  })
})
