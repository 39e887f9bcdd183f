import { array, assert, constantFrom, dictionary, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BadArgument } from '../../../../src/sources/openapi/call/bad-argument.ts'
import { buildRequest } from '../../../../src/sources/openapi/call/request.ts'
import { documentOf, onlyCall, read } from '../helpers.ts'

const base = new URL('https://api.example.com/v1')
const text = { type: 'string' }
const inPath = (name: string, rest: object = {}) => ({ name, in: 'path', required: true, schema: text, ...rest })
const inQuery = (name: string) => ({ name, in: 'query', schema: text })
const urlOf = (path: string, parameters: readonly object[], args: Record<string, unknown>) =>
  buildRequest(onlyCall(documentOf({ [path]: { get: { parameters } } })), base, args, {}).url.href.slice(
    base.href.length,
  )

describe('the URL of a call', () => {
  it.each<[string, string, readonly object[], Record<string, unknown>, string]>([
    [
      'several placeholders in a segment',
      '/a/{x}-{y}.json',
      [inPath('x'), inPath('y')],
      { x: '1', y: '2' },
      '/a/1-2.json',
    ],
    ['one placeholder twice', '/{x}/copy/{x}', [inPath('x')], { x: '1' }, '/1/copy/1'],
    ['an undeclared placeholder', '/a/{x}', [], { x: 'b c' }, '/a/b%20c'],
    ['{+x}, which may be several segments', '/a/{+x}', [inPath('x')], { x: 'b/c' }, '/a/b/c'],
    ['{x*}', '/a/{x*}', [inPath('x')], { x: 'b/c' }, '/a/b/c'],
    ['{x:path}', '/a/{x:path}', [inPath('x')], { x: 'b/c' }, '/a/b/c'],
    ['{x:[0-9]+}', '/a/{x:[0-9]+}', [inPath('x')], { x: '1/2' }, '/a/1%2F2'],
    ['a placeholder that no URL can hold', '/a b/{x}', [inPath('x')], { x: '1' }, '/a%20b/1'],
    [
      'reserved characters',
      '/{x}',
      [inPath('x', { allowReserved: true })],
      { x: "a:b/c?d#e@f;g,h%20'" },
      "/a:b%2Fc%3Fd%23e@f;g,h%20'",
    ],
    ['a fixed query', '/a?v=1&w', [inQuery('q')], { q: '2' }, '/a?v=1&w&q=2'],
    ['a fixed query that an argument replaces', '/a?v=1&w=2', [inQuery('v')], { v: '3' }, '/a?w=2&v=3'],
    ['a fixed query beside an argument not given', '/a?v=1', [inQuery('v')], {}, '/a?v=1'],
    ['a placeholder in the query', '/a?q={q}&v=1', [inQuery('q')], { q: 'x y' }, '/a?v=1&q=x%20y'],
    ['the same, not given', '/a?q={q}&v=1', [inQuery('q')], {}, '/a?v=1'],
    ['a path parameter in the query', '/a?q={q}', [inPath('q')], { q: 'x&y' }, '/a?q=x%26y'],
    ['a fragment, which is not sent', '/#Action=Run', [inQuery('Action')], { Action: 'Run' }, '/?Action=Run'],
  ])('has %s', (_, path, parameters, args, expected) => {
    expect(urlOf(path, parameters, args)).toBe(expected)
  })

  it('keeps operations apart that differ in their fragment alone', () => {
    const { tools } = read(documentOf({ '/#Action=Start': { get: {} }, '/#Action=Stop': { get: {} } }))
    expect(tools.map(({ key }) => key)).toEqual(['get /#Action=Start', 'get /#Action=Stop'])
  })

  it('keeps the query of its base', () => {
    const call = onlyCall(documentOf({ '/a': { get: { parameters: [inQuery('q')] } } }))
    expect(buildRequest(call, new URL('https://a.example/?key=1'), { q: '2' }, {}).url.href).toBe(
      'https://a.example/a?key=1&q=2',
    )
  })

  it.each(['..', '.', '', 'a//b', '../a', 'a/../../b', 'a/', '/a', '%2e%2e', 'a/%2E%2e/b'])(
    'refuses %j where several segments may stand',
    value => {
      const parameters = [inPath('x', { 'x-multi-segment': true, allowReserved: true })]
      expect(() => urlOf('/a/{x}', parameters, { x: value })).toThrow(BadArgument)
    },
  )

  it('never leaves its origin, its base or its template, whatever the values', () => {
    const nasty = constantFrom(
      '..',
      '.',
      '%2e',
      '/',
      '\\',
      '?',
      '#',
      '@',
      ':',
      '//',
      ';',
      '\uff0e',
      '\u0000',
      '\r\n',
      '[',
      ' ',
    )
    const value = oneof(
      string({ unit: 'binary' }),
      array(oneof(nasty, string()), { maxLength: 6 }).map(parts => parts.join('')),
    )
    const paths = ['simple', 'label', 'matrix'].flatMap(style =>
      [{}, { allowReserved: true }].map(rest =>
        onlyCall(
          documentOf({
            '/users/{x}/p-{y}': {
              get: { parameters: [inPath('x', { style, ...rest }), inPath('y', { style, ...rest }), inQuery('q')] },
            },
          }),
        ),
      ),
    )
    assert(
      property(constantFrom(...paths), value, value, value, (call, x, y, q) => {
        let url: URL
        try {
          url = buildRequest(call, base, { x, y, q }, {}).url
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(BadArgument)
          return
        }
        expect([url.origin, url.hash, url.username]).toEqual([base.origin, '', ''])
        expect(url.pathname).toMatch(/^\/v1\/users\/[^/]+\/p-[^/]+$/)
        expect([...url.searchParams]).toEqual([['q', q.toWellFormed()]])
        expect(new URL(url.href).href).toBe(url.href)
      }),
      { numRuns: 500 },
    )
  })

  it('holds every value of a query as it was given', () => {
    const parameter = { name: 'p', in: 'query', schema: {} }
    const call = onlyCall(
      documentOf({
        '/a': { get: { parameters: [parameter, { ...parameter, name: 'd', style: 'deepObject', explode: true }] } },
      }),
    )
    const scalar = string({ unit: 'grapheme', maxLength: 20 })
    const key = string({ minLength: 1, maxLength: 8 }).filter(each => !/[[\]]/.test(each))
    assert(
      property(
        array(scalar, { minLength: 1, maxLength: 4 }),
        dictionary(key, array(scalar, { minLength: 1, maxLength: 3 }), { minKeys: 1, maxKeys: 3 }),
        (p, d) => {
          const { searchParams } = buildRequest(call, base, { p, d }, {}).url
          expect(searchParams.getAll('p')).toEqual(p)
          for (const [name, values] of Object.entries(d)) expect(searchParams.getAll(`d[${name}][]`)).toEqual(values)
        },
      ),
    )
  })
})
