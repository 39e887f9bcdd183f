import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parseDocument } from '../../../../src/sources/openapi/load/parse-document.ts'

const parse = (text: string | Uint8Array) =>
  parseDocument(typeof text === 'string' ? Buffer.from(text) : text, '"api.json"', 512)

describe('parseDocument', () => {
  it.each([
    ['JSON', '{"openapi":"3.1.0","paths":{}}'],
    ['JSON after a byte order mark', '\ufeff{"openapi":"3.1.0","paths":{}}'],
    ['YAML', 'openapi: 3.1.0\npaths: {}\n'],
    ['YAML with a document marker and a comment', '# an API\n---\nopenapi: 3.1.0\npaths: {}\n'],
    ['UTF-16 with its mark', Buffer.from('\ufeff{"openapi":"3.1.0","paths":{}}', 'utf16le')],
    ['UTF-16 of the other order', Buffer.from('\ufeff{"openapi":"3.1.0","paths":{}}', 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from('{"openapi":"3.1.0","paths":{}}', 'utf16le')],
    ['UTF-16 of the other order without a mark', Buffer.from('openapi: 3.1.0\npaths: {}', 'utf16le').swap16()],
  ])('reads %s', async (_, text) => {
    expect(await parse(text)).toEqual({ openapi: '3.1.0', paths: {} })
  })

  it('keeps YAML scalars as JSON would have them, and applies merge keys', async () => {
    const yaml = 'base: &base {a: 1}\nno: yes\nday: 2024-01-02\noctal: 010\nmore: {<<: *base, b: 2}'
    expect(await parse(yaml)).toEqual({ base: { a: 1 }, no: 'yes', day: '2024-01-02', octal: 10, more: { a: 1, b: 2 } })
  })

  it('forgives a closing brace at the indentation of its key, which one of the two YAML parsers does not', async () => {
    expect(await parse('a:\n  b:\n    c: {\n      d: 1\n    }\n')).toEqual({ a: { b: { c: { d: 1 } } } })
  })

  it.each([
    ['an empty file', '', { code: 'E_SPEC_EMPTY' }, 'is empty'],
    ['blank space', ' \n\n', { code: 'E_SPEC_EMPTY' }, 'is empty'],
    ['a login page', '\n <!DOCTYPE html><html>Sign in', { code: 'E_SPEC_HTML', line: 2, column: 2 }, 'login page'],
    ['null', '~', { code: 'E_SPEC_SHAPE' }, 'is null'],
    ['a list', '[1]', { code: 'E_SPEC_SHAPE', pointer: '#' }, 'is an array'],
    ['a string', 'hello', { code: 'E_SPEC_SHAPE' }, 'is a string'],
    ['truncated JSON', '{\n"paths": {"/a"', { code: 'E_SPEC_PARSE', line: 2, column: 15 }, 'a colon should follow'],
    ['JSON with comments', '{ // no\n "a": 1 }', { code: 'E_SPEC_PARSE', line: 1, column: 3 }, 'a property name'],
    ['broken YAML', 'a: [1\nb: }', { code: 'E_SPEC_PARSE', line: 2, column: 1 }, 'line 2, column 1'],
    ['two documents', '# a\n---\na: 1\n---\nb: 2', { code: 'E_SPEC_PARSE', line: 4, column: 1 }, 'single document'],
    ['another behind one', 'a: 1\n---\nb: 2', { code: 'E_SPEC_PARSE', line: 2, column: 1 }, 'single document'],
    ['a wrong byte', Buffer.from('{"a":\r\n"é\xff"}', 'latin1'), { code: 'E_ENCODING', line: 2, column: 2 }, 'UTF-8'],
    ['half a character', Buffer.from('\ufeffa: \ud83d', 'utf16le'), { code: 'E_ENCODING' }, 'UTF-16LE'],
    ['UTF-32', new Uint8Array([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), { code: 'E_ENCODING' }, 'is UTF-32'],
    ['a tag that would run something', 'a: !!js/function "x"', { code: 'E_YAML_TAG', line: 1, column: 4 }, 'unknown'],
    ['an anchor inside itself', 'a: &a\n  b: *a', { code: 'E_YAML_CYCLE', pointer: '#/a/b' }, 'anchor (#/a/b)'],
    ['JSON deeper than the limit', `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`, { code: 'E_SPEC_DEPTH' }, '#/a/a/a/'],
    ['YAML deeper than the limit', `a: ${'['.repeat(600)}${']'.repeat(600)}`, { code: 'E_SPEC_DEPTH' }, 'maxDepth'],
  ])('refuses %s', async (_, text, data, message) => {
    await expect(parse(text)).rejects.toMatchObject({
      code: 'DOCUMENT_INVALID',
      message: expect.stringContaining(message),
      data: expect.objectContaining(data),
    })
  })

  it('quotes nothing of a text that it refuses', async () => {
    for (const text of ['{"key": hunter2-secret}', '{"key": "hunter2-secret\n"}', '["hunter2-secret" "b"]']) {
      const error = await parse(text).catch((thrown: unknown) => thrown)
      expect(inspect(error)).toContain('E_SPEC_PARSE')
      expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
    }
  })

  it('refuses YAML aliases that expand without bound, and takes honest ones', async () => {
    const bomb = ['a0: &a0 [x]', ...[...Array(9).keys()].map(i => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`)]
    await expect(parse(bomb.join('\n'))).rejects.toMatchObject({ data: { code: 'E_YAML_ALIASES' } })
    const honest = `base: &base {type: string}\nall: [${'*base, '.repeat(2000)}]`
    expect((await parse(honest)).all).toHaveLength(2000)
  })
})
