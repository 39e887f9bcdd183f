import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import { toResult } from '../../../../src/sources/openapi/call/response.ts'
import type { HttpResponse } from '../../../../src/sources/openapi/egress/http.ts'

const limits = { ...defaultLimits, maxResponseBytes: 100, maxErrorBytes: 20, maxMediaBytes: 4_000, maxFileBytes: 1_000 }
const called = { method: 'get', path: '/pets/{petId}' }

function answer(status: number, type: string, body: string | Buffer, rest: Partial<HttpResponse> = {}) {
  const headers = { ...(type !== '' && { 'content-type': type }), ...rest.headers }
  return toResult({ status, body: Buffer.from(body), cut: false, ...rest, headers }, called, limits, ['s3cret'])
}
const text = (result: ReturnType<typeof toResult>) => result.content[0]?.text

describe('a good answer', () => {
  it.each([
    ['an object as it is', 'application/json', '{"a":1}', '{"a":1}', { a: 1 }],
    ['a list', 'application/json', '[1,2]', '[1,2]', [1, 2]],
    ['a scalar', 'application/vnd.x+json; v=1', 'false', 'false', false],
    ['indented JSON compactly', 'application/json', '{\n  "a": 1\n}', '{"a":1}', { a: 1 }],
    ['JSON without a type', '', ' {"a":1}', '{"a":1}', { a: 1 }],
    ['JSON that is none as text', 'application/json', '<html>', '<html>', undefined],
    ['text', 'text/csv', 'a,b', 'a,b', undefined],
    ['text of an unknown type', 'application/x-thing', 'hi', 'hi', undefined],
    ['an image that is text', 'image/svg+xml', '<svg/>', '<svg/>', undefined],
  ])('gives %s', (_, type, body, shown, structured) => {
    const result = answer(200, type, body)
    expect([text(result), result.structuredContent, result.isError]).toEqual([shown, structured, undefined])
  })

  it('keeps numbers that JavaScript would round, as they were written', () => {
    expect(text(answer(200, 'application/json', '{\n"id": 12345678901234567890}'))).toContain('12345678901234567890')
  })

  it.each([
    ['an exponent', '{"a":[1,{"b":1e400}]}'],
    ['a sign', '{"a":-1.5E+999}'],
    ['digits before it', '{"a":1234567890123456789e300}'],
    ['nothing around it', '1e309'],
  ])('has no structure where a number is past the range of a double by %s: null would be a lie', (_, body) => {
    const result = answer(200, 'application/json', body)
    expect([text(result), result.structuredContent]).toEqual([body, undefined])
  })

  it('keeps a number that is too small for a double, and tells zero as zero', () => {
    const body = '{"small":-1e-400,"zero":0e400,"large":1e+308,"hash":"1e999"}'
    const result = answer(200, 'application/json', body)
    expect(JSON.stringify(result.structuredContent)).toBe(body.replace('0e400', '0'))
  })

  it('shortens JSON without changing what it says', () => {
    expect(text(answer(200, 'application/json', '{\n  "a": 1e400, "b" : 1.0,\n"c d": "e\\" \\n f" }'))).toBe(
      '{"a":1e400,"b":1.0,"c d":"e\\" \\n f"}',
    )
  })

  it('reads text in its own encoding', () => {
    expect(text(answer(200, 'text/plain; charset=UTF-8', Buffer.from('\ufeffhi')))).toBe('hi')
    expect(text(answer(200, 'text/plain; charset=iso-8859-1', Buffer.from([0xe9])))).toBe('\u00e9')
  })

  it('gives images and audio as blocks, other bytes as a resource', () => {
    const bytes = Buffer.from([0x89, 0, 0xff])
    expect(answer(200, 'image/png', bytes).content).toEqual([{ type: 'image', data: 'iQD/', mimeType: 'image/png' }])
    expect(answer(200, 'audio/mpeg', bytes).content[0]?.type).toBe('audio')
    expect(answer(200, 'application/zip', bytes).content).toEqual([
      { type: 'resource', resource: { uri: 'patchbay:answer', mimeType: 'application/zip', blob: 'iQD/' } },
    ])
  })

  it.each([
    ['image/png', 4_001],
    ['application/zip', 1_001],
  ])('only tells of %s that is too large', (type, size) => {
    const shown = text(answer(200, type, Buffer.alloc(size)))
    expect(shown).toBe(`HTTP 200: a binary answer of ${size} bytes, ${type}, is not shown.`)
  })

  it('gives the status when there is nothing else', () => {
    expect(answer(204, '', '').content).toEqual([{ type: 'text', text: 'HTTP 204' }])
  })

  it('keeps every digit of a number, in the structure too', () => {
    const body = '{"id":9007199254740993,"all":[1,0.12345678901234567890],"text":"12345678901234567"}'
    const result = answer(200, 'application/json', body)
    expect([text(result), JSON.stringify(result.structuredContent)]).toEqual([body, body])
    expect(answer(200, 'application/json', '9007199254740993').structuredContent).toBeUndefined()
  })

  it('has a structured form wherever the tool promised one', () => {
    const promised = { ...called, promises: 'object' } as const
    const structure = (status: number, type: string, body: string) =>
      toResult({ status, body: Buffer.from(body), cut: false, headers: { 'content-type': type } }, promised, limits, [])
        .structuredContent
    expect(structure(204, '', '')).toEqual({})
    expect(structure(200, 'text/plain', 'hi')).toEqual({})
    expect(structure(200, 'application/json', JSON.stringify('x'.repeat(200)))).toEqual({})
    expect(structure(200, 'application/json', '{"a":1}')).toEqual({ a: 1 })
    expect(structure(404, 'text/plain', 'no')).toBeUndefined()
    const other = { ...called, promises: 'value' } as const
    expect(
      toResult({ status: 204, body: Buffer.from(''), cut: false, headers: {} }, other, limits, []).structuredContent,
    ).toBeNull()
  })

  it('tells in _meta how to go on, and hides secrets there too', () => {
    const headers = { link: '<https://a.example/?page=2&key=s3cret>; rel="next"', 'x-ratelimit-remaining': '7' }
    expect(answer(200, 'text/plain', 'hi', { headers })._meta).toEqual({
      'patchbay/http': {
        status: 200,
        bytes: 2,
        contentType: 'text/plain',
        link: '<https://a.example/?page=2&key=[hidden]>; rel="next"',
        rateLimitRemaining: '7',
      },
    })
  })

  it('cuts what is too long between characters, says so, and then has no structure', () => {
    const result = answer(200, 'application/json', JSON.stringify({ a: '\u00e9'.repeat(100) }))
    expect(text(result)).toMatch(/^\{"a":"\u00e9+\n\[cut: 100 of 208 bytes\]$/)
    expect(result.structuredContent).toBeUndefined()
    expect(text(answer(200, 'text/plain', 'x'.repeat(150), { cut: true }))).toContain(
      '[cut: 100 of more than 150 bytes]',
    )
  })

  it('gives no structure deeper than the limit', () => {
    const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
    expect(answer(200, 'application/json', deep).structuredContent).toBeUndefined()
  })
})

describe('what is told of an answer', () => {
  it('hides a secret in the type of its content too', () => {
    const { _meta } = answer(400, 'application/json; x="s3cret"', '{}')
    expect(JSON.stringify(_meta)).not.toContain('s3cret')
  })
})

describe('a bad answer', () => {
  it.each([
    [404, 'application/json', '{"m":1}', 'HTTP 404 Not Found (GET /pets/{petId})\n{"m":1}'],
    [500, 'text/plain', '', 'HTTP 500 Internal Server Error (GET /pets/{petId})'],
    [
      418,
      'text/plain',
      'x'.repeat(30),
      `HTTP 418 I'm a Teapot (GET /pets/{petId})\n${'x'.repeat(20)}\n[cut: 20 of 30 bytes]`,
    ],
    [401, 'text/plain', 'bad key s3cret', 'HTTP 401 Unauthorized (GET /pets/{petId})\nbad key [hidden]'],
    [502, 'application/octet-stream', '\u0000', 'HTTP 502 Bad Gateway (GET /pets/{petId})'],
  ])('of status %i is an error that names the operation', (status, type, body, expected) => {
    expect(answer(status, type, body)).toMatchObject({ content: [{ type: 'text', text: expected }], isError: true })
  })

  it('shows what a problem document says first', () => {
    const problem = { type: 'about:blank', instance: '/a', detail: 'No.' }
    expect(text(answer(400, 'application/problem+json', JSON.stringify(problem)))).toContain('{"detail":"No."')
  })

  it('takes 304 for no redirect', () => {
    expect(text(answer(304, '', ''))).toBe('HTTP 304 Not Modified (GET /pets/{petId})')
  })

  it('hides a secret in the path of a redirect', () => {
    const base = { usable: [new URL('https://api.example/v1')] }
    const response = { status: 301, headers: { location: '/v2/s3cret/pets?k=1' }, body: Buffer.from(''), cut: false }
    expect(text(toResult(response, { ...called, baseUrls: base }, limits, ['s3cret']))).toBe(
      'HTTP 301 Moved Permanently (GET /pets/{petId})\n' +
        'It redirects to /v2/[hidden]/pets of the same API. With "followRedirects": true in its entry that is followed.',
    )
  })

  it.each([
    ['30', 'Try again after 30 seconds.'],
    ['-1', 'Try again after 0 seconds.'],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 'Try again after 2026-10-21T07:28:00.000Z.'],
    ['soon', 'Try again later.'],
  ])('puts Retry-After: %s into words', (value, words) => {
    expect(text(answer(429, 'text/plain', '', { headers: { 'retry-after': value } }))).toContain(words)
  })
})
