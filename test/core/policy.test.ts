import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Access } from '../../src/core/policy.ts'
import { allows, intersect, matchesAny, mayNameServers } from '../../src/core/policy.ts'

const entry = { sourceId: 'my pets', key: 'get /pets', name: 'my_pets__get_pets' }

describe('allows', () => {
  it.each<[string, Access, boolean]>([
    ['no lists mean no limit', {}, true],
    ['the source is listed', { sources: ['my pets'] }, true],
    ['the source is not listed', { sources: ['other'] }, false],
    ['an empty list of sources means nothing', { sources: [] }, false],
    ['the public name is listed', { tools: ['my_pets__get_pets'] }, true],
    ['a pattern of the public name', { tools: ['my_pets__*'] }, true],
    ['source id and key', { tools: ['my pets__get /pets'] }, true],
    ['the bare key is not enough, since other sources may have it', { tools: ['get /pets'] }, false],
    ['an empty list of tools means nothing', { tools: [] }, false],
    ['both lists must agree', { sources: ['my pets'], tools: ['other__*'] }, false],
    ['case counts', { tools: ['MY_PETS__*'] }, false],
  ])('%s', (_, access, expected) => {
    expect(allows(access, entry)).toBe(expected)
  })
})

describe('a gate', () => {
  const gate = { sourceId: 'my pets', key: 'search', name: 'my_pets__search', gate: 'my_pets__' }

  it.each<[string, Access, boolean]>([
    ['is shown without limits', {}, true],
    ['is shown where a tool behind it is named', { tools: ['my_pets__get_pets'] }, true],
    ['is shown where one is named by source id and key', { tools: ['my pets__get /pets'] }, true],
    ['is shown where a pattern could match one', { tools: ['my_*'] }, true],
    ['is shown to whoever may use everything', { tools: ['*__get_pets'] }, true],
    ['is not shown for tools of others', { tools: ['other__*', 'my_pets'] }, false],
    ['is not shown where its source is not allowed', { sources: ['other'], tools: ['*'] }, false],
    ['is not shown to whoever may use nothing', { tools: [] }, false],
  ])('%s', (_, access, expected) => {
    expect(allows(access, gate)).toBe(expected)
  })
})

describe('mayNameServers', () => {
  it.each<[string, Access, boolean]>([
    ['whoever may use everything', {}, true],
    ['not who is limited to some servers', { sources: ['a'] }, false],
    ['not who is limited to some tools', { tools: ['*'] }, false],
    ['who is limited, where it says so', { sources: [], callerServers: true }, true],
    ['not where it says so', { callerServers: false }, false],
  ])('%s', (_, access, may) => {
    expect(mayNameServers(access)).toBe(may)
  })
})

describe('intersect', () => {
  it.each<[string, Access, Access, Access]>([
    ['no limits', {}, {}, {}],
    ['one limit holds', { sources: ['a'] }, {}, { sources: ['a'] }],
    ['ids of both', { sources: ['a', 'b'] }, { sources: ['b', 'c'] }, { sources: ['b'] }],
    ['nothing in common is nothing, not everything', { sources: ['a'] }, { sources: ['b'] }, { sources: [] }],
    ['an empty list stays empty', { tools: [] }, {}, { tools: [] }],
    ['same names', { tools: ['a__x', 'a__y'] }, { tools: ['a__y'] }, { tools: ['a__y'] }],
    ['a star and a name', { tools: ['*'] }, { tools: ['a__x'] }, { tools: ['a__x'] }],
    ['a wide and a narrow pattern', { tools: ['a__*'] }, { tools: ['a__get*', 'b__*'] }, { tools: ['a__get*'] }],
    ['sources and tools together', { sources: ['a'] }, { tools: ['a__*'] }, { sources: ['a'], tools: ['a__*'] }],
  ])('%s', (_, a, b, expected) => {
    expect(intersect(a, b)).toEqual(expected)
    expect(intersect(b, a)).toEqual(expected)
  })

  it('never allows what one of the two forbids', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 4 })
    const patterns = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '_', '*'), maxLength: 4 }), { maxLength: 3 })
    const access = fc.record({ sources: fc.subarray(['a', 'b']), tools: patterns }, { requiredKeys: [] })
    fc.assert(
      fc.property(access, access, fc.constantFrom('a', 'b'), name, (a, b, sourceId, key) => {
        const tool = { sourceId, key, name: key }
        if (allows(intersect(a, b), tool)) expect(allows(a, tool) && allows(b, tool)).toBe(true)
      }),
    )
  })
})

describe('matchesAny', () => {
  it.each([
    ['*', '', true],
    ['*', 'anything', true],
    ['a', 'a', true],
    ['a', 'ab', false],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'acb', false],
    ['**', 'x', true],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
    ['', '', true],
    ['', 'a', false],
  ])('%j matches %j: %s', (pattern, name, expected) => {
    expect(matchesAny([pattern], [name])).toBe(expected)
  })

  it('agrees with a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`)
        expect(matchesAny([pattern], [name])).toBe(expression.test(name))
      }),
    )
  })

  it('stays quick on a pattern that would hang a regular expression', () => {
    const started = performance.now()
    expect(matchesAny([`${'a*'.repeat(200)}b`], ['a'.repeat(20_000)])).toBe(false)
    expect(performance.now() - started).toBeLessThan(500)
  })
})
