import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nameArguments } from '../../../../src/sources/openapi/tool/argument-names.ts'
import { documentOf } from '../helpers.ts'
import type { Recorded, Recorder } from './recorder.ts'
import { readForm, startRecorder } from './recorder.ts'

let recorder: Recorder
beforeAll(async () => {
  recorder = await startRecorder()
})
afterAll(() => recorder.close())

const list = ['a b', 'c,d']
const object = { role: 'x&y', name: 'é' }
const types = {
  list: { type: 'array', items: { type: 'string' } },
  object: { type: 'object' },
  text: { type: 'string' },
}

/** What arrives when one parameter is given. */
async function send(parameter: object, value: unknown, path: string = '/x'): Promise<Recorded> {
  const document = documentOf({ [path]: { get: { parameters: [{ name: 'p', required: true, ...parameter }] } } })
  const { recorded, result } = await recorder.call(document, { p: value })
  if (recorded === undefined) throw new Error(JSON.stringify(result))
  return recorded
}

/** What arrives when the only operation has this body. */
async function sendBody(content: object, args: Record<string, unknown>, method: string = 'post'): Promise<Recorded> {
  const document = documentOf({ '/x': { [method]: { requestBody: { required: true, content } } } })
  const { recorded, result } = await recorder.call(document, args)
  if (recorded === undefined) throw new Error(JSON.stringify(result))
  return recorded
}

describe('a query arrives', () => {
  const style = (name: string, explode: boolean, schema: object, rest: object = {}) => ({
    in: 'query',
    style: name,
    explode,
    schema,
    ...rest,
  })
  it.each<[string, object, unknown, [string, string][]]>([
    ['a scalar', style('form', true, types.text), 'a=1&b=2#c%20+', [['p', 'a=1&b=2#c%20+']]],
    ['an empty text', style('form', true, types.text), '', [['p', '']]],
    [
      'a repeated list',
      style('form', true, types.list),
      list,
      [
        ['p', 'a b'],
        ['p', 'c,d'],
      ],
    ],
    ['a joined list', style('form', false, types.list), ['a', 'b'], [['p', 'a,b']]],
    [
      'a spread object',
      style('form', true, types.object),
      object,
      [
        ['role', 'x&y'],
        ['name', 'é'],
      ],
    ],
    ['a joined object', style('form', false, types.object), { a: 1, b: 2 }, [['p', 'a,1,b,2']]],
    ['by spaces', style('spaceDelimited', false, types.list), ['a', 'b'], [['p', 'a b']]],
    ['by pipes', style('pipeDelimited', false, types.list), ['a', 'b'], [['p', 'a|b']]],
    [
      'deep',
      style('deepObject', true, types.object),
      { a: { b: [1, 2] }, c: [{ d: 1 }, { d: 2 }] },
      [
        ['p[a][b][]', '1'],
        ['p[a][b][]', '2'],
        ['p[c][0][d]', '1'],
        ['p[c][1][d]', '2'],
      ],
    ],
    [
      'with reserved characters',
      style('form', true, types.text, { allowReserved: true }),
      'a/b?c:d%20e&f',
      [['p', 'a/b?c:d e&f']],
    ],
    [
      'as JSON',
      { in: 'query', content: { 'application/json': { schema: types.object } } },
      { a: ['é'] },
      [['p', '{"a":["é"]}']],
    ],
    ['as text', { in: 'query', content: { 'text/plain': { schema: types.text } } }, 'a b', [['p', 'a b']]],
  ])('%s', async (_, parameter, value, expected) => {
    const { path, query } = await send(parameter, value)
    expect([path, query]).toEqual(['/base/x', expected])
  })

  it.each<[string, object, unknown, string]>([
    [
      'as a form',
      { 'application/x-www-form-urlencoded': { schema: types.object } },
      { a: 'x y', b: [1, 2] },
      '?a=x%20y&b=1&b=2',
    ],
    ['as JSON', { 'application/json': { schema: types.object } }, { a: 1 }, '?%7B%22a%22%3A1%7D'],
    ['as text', { 'text/plain': { schema: types.text } }, '$.a[?x]', '?%24.a%5B%3Fx%5D'],
  ])('whole, %s (3.2)', async (_, content, value, search) => {
    const { target } = await send({ in: 'querystring', content }, value)
    expect(target).toBe(`/base/x${search}`)
  })

  it.each([
    ['querystring', '?l=a%7Cb&j=%7B%22x%22%3A1%7D&o%5By%5D=2'],
    ['query', `?p=${encodeURIComponent('l=a%7Cb&j=%7B%22x%22%3A1%7D&o%5By%5D=2')}`],
  ])(
    'as a form whose media type stands elsewhere, and says how its fields are written: %s (3.2)',
    async (place, end) => {
      const encoding = { l: { style: 'pipeDelimited', explode: false }, j: { contentType: 'application/json' } }
      const schema = { type: 'object', properties: { l: types.list, j: types.object, o: types.object } }
      const content = { 'application/x-www-form-urlencoded': { $ref: '#/components/mediaTypes/Form' } }
      const parameters = [{ name: 'p', in: place, content }]
      const components = { mediaTypes: { Form: { schema, encoding } } }
      const document = documentOf({ '/x': { get: { parameters } } }, { openapi: '3.2.0', components })
      const p = { l: ['a', 'b'], j: { x: 1 }, o: { y: 2 } }
      expect((await recorder.call(document, { p })).recorded?.target).toBe(`/base/x${end}`)
      const { recorded, result } = await recorder.call(document, { p: { l: 1 } })
      expect([recorded, JSON.stringify(result)]).toEqual([undefined, expect.stringContaining('p.l')])
    },
  )

  it.each([
    ['indices', ['p[a][0]', 'p[a][1]']],
    ['repeat', ['p[a]', 'p[a]']],
  ] as const)('with lists as configured: %s', async (arrayFormat, names) => {
    const parameters = [style('deepObject', true, types.object, { name: 'p' })]
    const { recorded } = await recorder.call(
      documentOf({ '/x': { get: { parameters } } }),
      { p: { a: [1, 2] } },
      { arrayFormat },
    )
    expect(recorded?.query.map(([name]) => name)).toEqual(names)
  })
})

describe('a path arrives', () => {
  it.each<[string, boolean, object, unknown, string]>([
    ['simple', false, types.text, 'a/b?c', '/base/x/a%2Fb%3Fc/y'],
    ['simple', false, types.list, list, '/base/x/a%20b,c%2Cd/y'],
    ['label', true, types.list, ['a', 'b'], '/base/x/.a.b/y'],
    ['matrix', true, types.object, { a: 1, b: 2 }, '/base/x/;a=1;b=2/y'],
    ['matrix', false, types.text, '', '/base/x/;p/y'],
  ])('%s, explode %s, %j', async (style, explode, schema, value, target) => {
    expect((await send({ in: 'path', style, explode, schema }, value, '/x/{p}/y')).target).toBe(target)
  })

  it('with slashes where it may be several segments', async () => {
    const parameter = { in: 'path', schema: types.text, 'x-multi-segment': true }
    expect((await send(parameter, 'src/a b.ts', '/x/{p}')).target).toBe('/base/x/src/a%20b.ts')
  })
})

describe('headers and cookies arrive', () => {
  it.each<[string, object, unknown, string]>([
    ['a text', { schema: types.text }, 'a, b', 'a, b'],
    ['a list', { schema: types.list }, ['a', 'b'], 'a,b'],
    ['an object', { schema: types.object, explode: true }, { a: 1, b: 2 }, 'a=1,b=2'],
    ['JSON, in ASCII', { content: { 'application/json': {} } }, { a: 'é漢' }, '{"a":"\\u00e9\\u6f22"}'],
  ])('%s in a header', async (_, parameter, value, expected) => {
    expect((await send({ in: 'header', name: 'p', ...parameter }, value)).headers.p).toBe(expected)
  })

  it.each<[string, object, unknown, Record<string, string>]>([
    ['a text', { schema: types.text }, 'a;b=c é', { p: 'a;b=c é' }],
    ['an object, one cookie a property', { schema: types.object }, { a: 1, b: 2 }, { a: '1', b: '2' }],
    ['a list in one', { schema: types.list, explode: false }, ['a', 'b'], { p: 'a,b' }],
    ['without encoding in 3.2', { schema: types.text, style: 'cookie' }, 'a/b+c', { p: 'a/b+c' }],
  ])('%s as cookies', async (_, parameter, value, cookies) => {
    expect((await send({ in: 'cookie', ...parameter }, value)).cookies).toEqual(cookies)
  })

  it('with the configured cookies first, and never twice', async () => {
    const parameters = ['sid', 'lang'].map(name => ({ name, in: 'cookie', schema: types.text }))
    const args = { sid: 'mine', lang: 'de' }
    const document = documentOf({ '/x': { get: { parameters } } })
    const { recorded } = await recorder.call(document, args, { headers: { Cookie: 'sid=real' } })
    expect(recorded?.headers.cookie).toBe('sid=real; lang=de')
  })
})

describe('a body arrives', () => {
  const fields = { type: 'object', properties: { a: {}, b: {} } }

  it.each(['post', 'put', 'patch', 'delete', 'get'])('of JSON, with %s', async method => {
    const { body, headers } = await sendBody({ 'application/json': { schema: fields } }, { a: 0, b: null }, method)
    expect(JSON.parse(body.toString())).toEqual({ a: 0, b: null })
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'content-length': String(body.length) })
  })

  it.each<[string, object, unknown, string]>([
    ['application/merge-patch+json', {}, false, 'false'],
    ['text/csv; charset=utf-8', {}, 'a,b\nc,ü', 'a,b\nc,ü'],
    ['application/xml', { type: 'object' }, '<a>ü</a>', '<a>ü</a>'],
    ['application/octet-stream', {}, Buffer.from('ü').toString('base64'), 'ü'],
    ['image/png', {}, 'data:image/png;base64,aGk=', 'hi'],
  ])('of %s', async (mediaType, schema, value, expected) => {
    const { body, headers } = await sendBody({ [mediaType]: { schema } }, { body: value })
    expect([body.toString(), headers['content-type']]).toEqual([expected, mediaType])
  })

  it('of the type that a data: URI names, where the document leaves it open', async () => {
    const { headers } = await sendBody({ 'image/*': {} }, { body: 'data:image/webp;base64,aGk=' })
    expect(headers['content-type']).toBe('image/webp')
  })

  it('of a form', async () => {
    const encoding = { a: { style: 'form', explode: false }, b: { contentType: 'application/json' } }
    const plain = await sendBody(
      { 'application/x-www-form-urlencoded': { schema: fields } },
      { a: ['x y', '&'], b: { c: { d: [1] } } },
    )
    expect([...new URLSearchParams(plain.body.toString())]).toEqual([
      ['a', 'x y'],
      ['a', '&'],
      ['b[c][d][]', '1'],
    ])
    const { body } = await sendBody(
      { 'application/x-www-form-urlencoded': { schema: fields, encoding } },
      { a: [1, 2], b: { c: 1 } },
    )
    expect([...new URLSearchParams(body.toString())]).toEqual([
      ['a', '1,2'],
      ['b', '{"c":1}'],
    ])
  })
})

describe('a multipart form arrives', () => {
  const file = { type: 'string', format: 'binary' }
  const send = (properties: object, args: Record<string, unknown>, encoding: object = {}) =>
    sendBody({ 'multipart/form-data': { schema: { type: 'object', properties }, encoding } }, args)

  it('with text, numbers, objects and lists in parts of their own', async () => {
    const recorded = await send({ n: {}, o: {}, l: {} }, { n: 0, o: { a: 'ü' }, l: ['x', 1] })
    expect(recorded.headers['content-type']).toMatch(/^multipart\/form-data; boundary=patchbay-[\w-]{36}$/)
    expect(await readForm(recorded)).toEqual([
      ['n', '0'],
      ['o', '{"a":"ü"}'],
      ['l', 'x'],
      ['l', '1'],
    ])
    expect(recorded.body.toString()).toContain('name="o"\r\nContent-Type: application/json\r\n\r\n')
  })

  it.each<[string, unknown, object]>([
    ['base64', 'aGk=', { name: 'f', type: 'application/octet-stream', text: 'hi' }],
    ['a data: URI', 'data:image/png;base64,aGk=', { name: 'f.png', type: 'image/png', text: 'hi' }],
    ['a data: URI of text', 'data:,a%20b%C3%BC', { name: 'f.txt', type: 'text/plain', text: 'a bü' }],
    [
      'bytes and a name',
      { data: 'aGk=', filename: 'a "b".bin' },
      { name: 'a "b".bin', type: 'application/octet-stream', text: 'hi' },
    ],
    [
      'text',
      { text: 'a\r\nb', filename: 'a.md', contentType: 'text/markdown' },
      { name: 'a.md', type: 'text/markdown', text: 'a\r\nb' },
    ],
    ['an object as text', '{"text":"hi"}', { name: 'f.txt', type: 'text/plain', text: 'hi' }],
  ])('with a file from %s', async (_, value, expected) => {
    expect(await readForm(await send({ f: file }, { f: value }))).toEqual([['f', expected]])
  })

  it.each<[string, object]>([
    ['says nothing (Telegram)', { description: 'A file to be uploaded.' }],
    ['is text (Stripe)', { type: 'string' }],
  ])('with a file where its schema %s', async (_, schema) => {
    const given = { data: 'aGk=', filename: 'a.bin' }
    const sent = { name: 'a.bin', type: 'application/octet-stream', text: 'hi' }
    expect(await readForm(await send({ file: schema }, { file: given }))).toEqual([['file', sent]])
    expect(await readForm(await send({ file: schema }, { file: 'aGk=' }))).toEqual([['file', 'aGk=']])
  })

  it('with several files, and the type that the document fixes', async () => {
    const encoding = {
      f: { contentType: 'image/png, image/jpeg', headers: { 'X-Kind': { schema: { const: 'photo' } } } },
    }
    const recorded = await send({ f: { type: 'array', items: file } }, { f: ['aGk=', { data: 'aG8=' }] }, encoding)
    expect(await readForm(recorded)).toEqual([
      ['f', { name: 'f.png', type: 'image/png', text: 'hi' }],
      ['f', { name: 'f.png', type: 'image/png', text: 'ho' }],
    ])
    expect(recorded.body.toString()).toContain('\r\nX-Kind: photo\r\n')
  })

  it.each<[string, unknown, readonly string[]]>([
    ['one', 'aGk=', ['hi']],
    ['one that is named', { data: 'aGk=', filename: 'a' }, ['hi']],
    ['a list of them', ['aGk=', { data: 'aG8=' }], ['hi', 'ho']],
  ])('with one file or several: %s', async (_, f, texts) => {
    const recorded = await send({ f: { anyOf: [file, { type: 'array', items: file }] } }, { f })
    expect(await readForm(recorded)).toMatchObject(texts.map(text => ['f', { text }]))
  })

  it.each<[string, unknown, unknown]>([
    ['base64 as a file', 'aGk=', { type: 'application/octet-stream', text: 'hi' }],
    ['a file as text', '{"text":"hi"}', { type: 'text/plain', text: 'hi' }],
    ['an object as JSON', { a: 1 }, '{"a":1}'],
    ['an object as text', '{"a":1}', '{"a":1}'],
  ])('with a file or an object: %s', async (_, f, expected) => {
    const [part] = await readForm(await send({ f: { oneOf: [file, { type: 'object' }] } }, { f }))
    if (typeof expected === 'string') expect(part).toEqual(['f', expected])
    else expect(part).toMatchObject(['f', expected])
  })

  it('with names that cannot end their quotes or their line', async () => {
    const name = 'n"; filename="x.sh\r\nX-Evil: 1'
    const [key = ''] = nameArguments([{ name, place: 'body' }])
    const recorded = await send({ [name]: { type: 'string' } }, { [key]: 'v' })
    expect(recorded.body.toString().split('\r\n')[1]).toBe(
      'Content-Disposition: form-data; name="n%22; filename=%22x.sh%0D%0AX-Evil: 1"',
    )
    expect(await readForm(recorded)).toEqual([[name, 'v']])
  })

  it('unless it is too large, or no file', async () => {
    await expect(send({ f: file }, { f: { text: 'x'.repeat(100_001) } })).rejects.toThrow('at most 100000')
    await expect(send({ f: file }, { f: 'not base64!' })).rejects.toThrow('is not base64')
    await expect(send({ f: file }, { f: { text: 'x', contentType: 'a/b\r\nX: 1' } })).rejects.toThrow('no media type')
  })
})
