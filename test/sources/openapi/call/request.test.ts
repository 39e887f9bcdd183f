import { describe, expect, it } from 'vitest'
import { BadArgument } from '../../../../src/sources/openapi/call/bad-argument.ts'
import { buildRequest } from '../../../../src/sources/openapi/call/request.ts'
import { documentOf, onlyCall } from '../helpers.ts'

const base = new URL('https://api.example.com/v1/')
const string = (name: string, place: string) => ({
  name,
  in: place,
  required: place === 'path',
  schema: { type: 'string' },
})

function build(path: string, operation: object, args: Record<string, unknown>, headers: Record<string, string> = {}) {
  return buildRequest(onlyCall(documentOf({ [path]: { post: operation } })), base, args, headers)
}

const withBody = (content: object, rest: object = {}) => ({ requestBody: { content, ...rest } })
const object = { type: 'object', properties: { a: {}, b: {} } }

describe('buildRequest', () => {
  it('puts each argument into its place', () => {
    const parameters = ['path', 'query', 'header', 'cookie'].map(place => string(place, place))
    const args = { path: 'a b', query: 'c&d', header: 'e', cookie: 'f;g' }
    const { method, url, headers } = build('/x/{path}', { parameters }, args)
    expect([method, url.href]).toEqual(['POST', 'https://api.example.com/v1/x/a%20b?query=c%26d'])
    expect(headers).toMatchObject({ header: 'e', cookie: 'cookie=f%3Bg' })
  })

  it.each([
    ['GET', 'GET'],
    ['Purge', 'Purge'],
    ['copy', 'COPY'],
  ])('sends a method of additionalOperations as it is written: %s', (written, sent) => {
    const document = documentOf({ '/x': { additionalOperations: { [written]: {} } } }, { openapi: '3.2.0' })
    expect(buildRequest(onlyCall(document), base, {}, {}).method).toBe(sent)
  })

  it.each([
    ['a slash', 'a/b', '/v1/x/a%2Fb/y'],
    ['a backslash', '\\..\\', '/v1/x/%5C..%5C/y'],
    ['an encoded dot segment', '%2e%2e', '/v1/x/%252e%252e/y'],
    ['a question mark', '?a=1', '/v1/x/%3Fa%3D1/y'],
    ['NUL', '\u0000', '/v1/x/%00/y'],
    ['full-width dots', '\uff0e\uff0e', '/v1/x/%EF%BC%8E%EF%BC%8E/y'],
    ['dots and more', '..;', '/v1/x/..%3B/y'],
  ])('keeps a path value with %s inside its segment', (_, id, pathname) => {
    expect(build('/x/{id}/y', { parameters: [string('id', 'path')] }, { id }).url.pathname).toBe(pathname)
  })

  it.each([['..'], ['.'], ['']])('refuses the path value %j, naming the argument', id => {
    const parameters = [string('id', 'path')]
    expect(() => build('/x/{id}/y', { parameters }, { id })).toThrow(BadArgument)
    expect(() => build('/x/{id}/y', { parameters }, { id })).toThrow(/"id" must not be/)
  })

  it('refuses dots that only together make a dot segment, and a template that leaves its base', () => {
    const parameters = [string('a', 'path'), string('b', 'path')]
    expect(() => build('/x/{a}{b}', { parameters }, { a: '.', b: '.' })).toThrow(/"a", "b" must not be/)
    expect(() => build('/x/.{a}', { parameters: parameters.slice(0, 1) }, { a: '.' })).toThrow(BadArgument)
    expect(() => build('/../admin', {}, {})).toThrow(BadArgument)
  })

  it.each([['a\r\nX-Evil: 1'], ['a\nb'], ['\u0000'], ['\u4f60']])('refuses the header value %j', value => {
    expect(() => build('/x', { parameters: [string('X-A', 'header')] }, { 'X-A': value })).toThrow(/"X-A" holds/)
  })

  it('refuses a URL that is too long to be sent', () => {
    expect(() => build('/x', { parameters: [string('q', 'query')] }, { q: 'x'.repeat(9_000) })).toThrow(/at most 8192/)
  })

  it('sets configured headers over everything, whatever their case', () => {
    const operation = { parameters: [string('X-A', 'header')], ...withBody({ 'application/json': { schema: {} } }) }
    const { headers } = build('/x', operation, { 'X-A': 'model', body: 1 }, { 'x-a': 'config', ACCEPT: 'text/csv' })
    expect(headers).toMatchObject({ 'x-a': 'config', accept: 'text/csv', 'content-type': 'application/json' })
  })

  it('keeps a fixed query of the path, and ends it at a fragment', () => {
    expect(build('/x?fixed=1#Action=Run', {}, {}).url.href).toBe('https://api.example.com/v1/x?fixed=1')
  })

  it.each([
    ['fields', { 'application/json': { schema: object } }, { a: 0, b: null }, '{"a":0,"b":null}'],
    ['a whole value', { 'application/json': { schema: { type: 'array' } } }, { body: [false] }, '[false]'],
    ['nothing, for an optional body', { 'application/json': { schema: object } }, {}, undefined],
    [
      'a form',
      { 'application/x-www-form-urlencoded': { schema: object } },
      { a: [1, 2], b: { c: '&' } },
      'a=1&a=2&b%5Bc%5D=%26',
    ],
    ['text', { 'text/plain': { schema: { type: 'string' } } }, { body: 'hi' }, 'hi'],
    ['bytes', { 'application/octet-stream': {} }, { body: 'aGk=' }, Buffer.from('hi')],
    [
      'bytes of any kind',
      { 'image/png': { schema: { contentEncoding: 'binary' } } },
      { body: 'aGk=' },
      Buffer.from('hi'),
    ],
    ...['byte', 'base64'].map((format): [string, object, Record<string, unknown>, string] => [
      `base64, as ${format}`,
      { 'image/jpeg': { schema: { type: 'string', format } } },
      { body: 'data:image/jpeg;base64,aGk=' },
      'aGk=',
    ]),
    ['base64', { 'image/jpeg': { schema: { contentEncoding: 'base64' } } }, { body: 'aGk=' }, 'aGk='],
  ])('writes a body of %s', (_, content, args, expected) => {
    const { body, headers } = build('/x', withBody(content), args)
    expect(body).toEqual(expected)
    expect(headers['content-type']).toBe(expected === undefined ? undefined : Object.keys(content)[0])
  })

  it('sends an empty object for a required body without fields', () => {
    expect(build('/x', withBody({ 'application/json': { schema: object } }, { required: true }), {}).body).toBe('{}')
  })

  it('sends fields under the names the document has', () => {
    const schema = { type: 'object', properties: { '@type': { type: 'string' } } }
    expect(build('/x', withBody({ 'application/json': { schema } }), { _type: 'a' }).body).toBe('{"@type":"a"}')
  })

  it.each([
    ['text/plain', 'plain', 'text/plain'],
    ['text/plain', 'naïve', 'text/plain; charset=utf-8'],
    ['text/plain; charset=UTF-8', 'naïve', 'text/plain; charset=UTF-8'],
    ['application/xml', '<a>ï</a>', 'application/xml'],
  ])('tells the charset of %s where it matters: %s', (type, text, sent) => {
    expect(
      build('/x', withBody({ [type]: { schema: { type: 'string' } } }), { body: text }).headers['content-type'],
    ).toBe(sent)
  })

  it("writes the fields of a form in the document's order, and others behind them", () => {
    const schema = { type: 'object', properties: { about: {}, file: {} }, additionalProperties: true }
    const content = { 'application/x-www-form-urlencoded': { schema } }
    expect(build('/x', withBody(content), { more: 1, file: 'f', about: 'a' }).body).toBe('about=a&file=f&more=1')
  })

  it("honours the styles of a form's fields", () => {
    const encoding = { a: { style: 'form', explode: false }, b: { contentType: 'application/json' } }
    const content = { 'application/x-www-form-urlencoded': { schema: object, encoding } }
    expect(build('/x', withBody(content), { a: [1, 2], b: { c: 1 } }).body).toBe('a=1,2&b=%7B%22c%22%3A1%7D')
  })
})
