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
    ['an empty file', '', 'is empty'],
    ['blank space', ' \n\n', 'is empty'],
    ['a login page', '<!DOCTYPE html><html><body>Sign in', 'login page'],
    ['null', '~', 'is null'],
    ['a list', '[1]', 'is an array'],
    ['a string', 'hello', 'is a string'],
    ['truncated JSON', '{"openapi": "3.1.0", "paths": {"/a"', 'line 1 column'],
    ['JSON with comments', '{ // no\n "a": 1 }', 'is not valid JSON'],
    ['broken YAML', 'a: [1\nb: }', 'line 2'],
    ['bytes that are no text', new Uint8Array([0x7b, 0xff, 0x7d]), 'is not valid UTF-8'],
    ['YAML that would run something', 'a: !!js/function "function () {}"', 'unknown'],
    ['a YAML anchor inside itself', 'a: &a\n  b: *a', 'contains itself'],
    ['JSON deeper than the limit', `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`, 'deeper than 512'],
    ['YAML deeper than the limit', `a: ${'['.repeat(600)}${']'.repeat(600)}`, 'maxDepth'],
  ])('refuses %s', async (_, text, reason) => {
    await expect(parse(text)).rejects.toThrow(
      expect.objectContaining({ code: 'DOCUMENT_INVALID', message: expect.stringContaining(reason) }),
    )
  })

  it('refuses YAML aliases that expand without bound, and takes honest ones', async () => {
    const bomb = ['a0: &a0 [x]', ...[...Array(9).keys()].map(i => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`)]
    await expect(parse(bomb.join('\n'))).rejects.toThrow(/expands to more than/)
    const honest = `base: &base {type: string}\nall: [${'*base, '.repeat(2000)}]`
    expect((await parse(honest)).all).toHaveLength(2000)
  })
})
