import { describe, expect, it } from 'vitest'
import { toHeaderText, toJson, toPairs, toPathText } from '../../../../src/sources/openapi/call/serialise.ts'
import type { Encoding, Style } from '../../../../src/sources/openapi/document/operation.ts'

const list = ['blue', 'black']
const object = { R: 100, G: 200 }
const as = (style: Style, explode: boolean, more: Partial<Encoding> = {}): Encoding => ({ style, explode, ...more })

// The rows are those of OpenAPI 3.1.1, "Style Examples", where it has them.
describe('toPairs', () => {
  it.each<[string, unknown, Encoding, string]>([
    ['a string', 'blue', as('form', true), 'color=blue'],
    ['an empty string is sent', '', as('form', true), 'color='],
    ['so is zero', 0, as('form', true), 'color=0'],
    ['and false', false, as('form', true), 'color=false'],
    ['null is not', null, as('form', true), ''],
    ['nor an empty list', [], as('form', false), ''],
    ['form repeats the name', list, as('form', true), 'color=blue&color=black'],
    ['form without explode joins by commas', list, as('form', false), 'color=blue,black'],
    ['form spreads an object', object, as('form', true), 'R=100&G=200'],
    ['form without explode lists it', object, as('form', false), 'color=R,100,G,200'],
    ['spaces', list, as('spaceDelimited', false), 'color=blue%20black'],
    ['pipes', list, as('pipeDelimited', false), 'color=blue%7Cblack'],
    ['tabs', list, as('tabDelimited', false), 'color=blue%09black'],
    ['an object in brackets', object, as('deepObject', true), 'color%5BR%5D=100&color%5BG%5D=200'],
    [
      'brackets go as deep as the value',
      { a: { b: [1, 2] } },
      as('deepObject', true),
      'color%5Ba%5D%5Bb%5D%5B%5D=1&color%5Ba%5D%5Bb%5D%5B%5D=2',
    ],
    ['JSON', { a: [1] }, as('form', true, { content: 'json' }), 'color=%7B%22a%22%3A%5B1%5D%7D'],
    ['nothing escapes its place', 'a=1&admin=true#x', as('form', true), 'color=a%3D1%26admin%3Dtrue%23x'],
    ['a separator inside an item is encoded', ['a,b', 'c'], as('form', false), 'color=a%2Cb,c'],
    [
      'reserved characters stay where that is allowed',
      'a/b:c&d',
      as('form', true, { allowReserved: true }),
      'color=a/b:c%26d',
    ],
    ['half a character does no harm', '\ud800', as('form', true), 'color=%EF%BF%BD'],
  ])('%s', (_, value, encoding, expected) => {
    expect(toPairs('color', value, encoding).join('&')).toBe(expected)
  })

  it('repeats lists and brackets objects in a form that says nothing', () => {
    expect(toPairs('a', [1, 2])).toEqual(['a=1', 'a=2'])
    expect(toPairs('a', { b: 1 })).toEqual(['a%5Bb%5D=1'])
  })
})

describe('toPathText', () => {
  it.each<[Style, boolean, unknown, string]>([
    ['simple', false, 'blue', 'blue'],
    ['simple', false, list, 'blue,black'],
    ['simple', false, object, 'R,100,G,200'],
    ['simple', true, object, 'R=100,G=200'],
    ['label', false, list, '.blue,black'],
    ['label', true, list, '.blue.black'],
    ['label', true, object, '.R=100.G=200'],
    ['matrix', false, 'blue', ';color=blue'],
    ['matrix', false, list, ';color=blue,black'],
    ['matrix', true, list, ';color=blue;color=black'],
    ['matrix', true, object, ';R=100;G=200'],
    ['pipeDelimited', false, list, 'blue%7Cblack'],
    ['simple', false, 'a/b?c#d%2e', 'a%2Fb%3Fc%23d%252e'],
    ['simple', false, 0, '0'],
  ])('%s, explode %s: %j is %s', (style, explode, value, expected) => {
    expect(toPathText('color', value, { style, explode })).toBe(expected)
  })
})

describe('toHeaderText', () => {
  it.each<[Style, string]>([
    ['simple', 'blue,black'],
    ['pipeDelimited', 'blue|black'],
    ['tabDelimited', 'blue\tblack'],
  ])('joins a list of 2.0 as %s', (style, expected) => {
    expect(toHeaderText(list, { style, explode: false })).toBe(expected)
  })

  it.each<[boolean, unknown, string]>([
    [false, list, 'blue,black'],
    [false, object, 'R,100,G,200'],
    [true, object, 'R=100,G=200'],
    [false, true, 'true'],
  ])('explode %s: %j is %s', (explode, value, expected) => {
    expect(toHeaderText(value, { style: 'simple', explode })).toBe(expected)
  })
})

describe('JSON', () => {
  it.each([
    [{ id: 9007199254740993n, n: 1 }, '{"id":9007199254740993,"n":1}'],
    [9007199254740993n, '9007199254740993'],
    [{ id: 1, deep: { a: null } }, '{"id":1,"deep":{"a":null}}'],
  ])('keeps every digit of %o', (value, expected) => {
    expect(toJson(value)).toBe(expected)
  })
})
