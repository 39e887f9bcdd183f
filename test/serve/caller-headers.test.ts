import { describe, expect, it } from 'vitest'
import { localCaller } from '../../src/core/caller.ts'
import type { RawHeaders } from '../../src/serve/caller-headers.ts'
import { callerHeaders, headersElsewhere } from '../../src/serve/caller-headers.ts'
import { fakeSource } from '../fakes/sources.ts'
import { as, keys, legacy, openDoor, post, postModern } from './door.ts'

const someone = { id: 'a', access: {} }

describe("the caller's headers", () => {
  it.each<[string, RawHeaders, object]>([
    ['are passed as they came', { 'x-tenant': 't', 'user-agent': 'u' }, { 'x-tenant': 't', 'user-agent': 'u' }],
    ['are joined where they came twice', { 'x-a': ['1', '2'] }, { 'x-a': '1, 2' }],
    ['are without cookies', { cookie: 'a=b' }, {}],
    [
      'are without those of the connection',
      {
        host: 'h',
        connection: 'x-hop, close',
        'x-hop': '1',
        te: 'trailers',
        upgrade: 'h2c',
        'proxy-authorization': 'p',
      },
      {},
    ],
    ['are without those of MCP', { 'mcp-session-id': 's', 'mcp-name': 'n', 'x-mcp-servers': 'a' }, {}],
    ['are with those addressed to a source', { 'x-mcp-orders-x-key': 'k' }, { 'x-mcp-orders-x-key': 'k' }],
    ['are without the key as a bearer', { authorization: 'Bearer key' }, {}],
    ['are without the key as x-api-key', { 'x-api-key': 'key' }, {}],
    ["are without the key as LiteLLM's", { 'x-litellm-api-key': 'Bearer key' }, {}],
    ['are without a key among others', { authorization: 'Basic a, Bearer key' }, {}],
    [
      'are with what is no key of ours',
      { authorization: 'Basic abc', 'x-api-key': 'key' },
      { authorization: 'Basic abc' },
    ],
    [
      'are without the key in any other header',
      {
        authorization: 'Bearer key-1',
        'x-mcp-orders-authorization': 'Bearer key-1',
        'x-copy': 'a key-1 b',
        'x-b': 'b',
      },
      { 'x-b': 'b' },
    ],
    ['are without what no header can carry', { 'x-a': 'a\r\nb', 'x b': 'c' }, {}],
  ])('%s', (_, raw, expected) => {
    expect(callerHeaders(raw, someone)).toEqual(expected)
  })

  it('hold no key of ours where none is configured', () => {
    const raw = { authorization: 'Bearer mine', 'x-api-key': 'mine', cookie: 'a=b' }
    expect(callerHeaders(raw, localCaller)).toEqual({ authorization: 'Bearer mine', 'x-api-key': 'mine' })
  })

  it('are under those of the body, which are held to the same rules', () => {
    const raw = { authorization: 'Bearer key-1', 'x-a': '1', 'x-b': '2' }
    const own = { authorization: 'Bearer other', 'x-b': 'own', 'x-c': 'a\nb', 'x-d': 'key-1', 'x-e': 'other' }
    expect(callerHeaders(raw, someone, own)).toEqual({ 'x-a': '1', 'x-b': 'own' })
  })
})

describe('what an entry says is for its servers as authorization', () => {
  const raw = { authorization: 'Bearer key-1', 'x-a': '1' }

  it('is passed on although it is a bearer token', () => {
    expect(callerHeaders(raw, someone, {}, 'Bearer theirs')).toEqual({ authorization: 'Bearer theirs', 'x-a': '1' })
  })

  it.each(['Bearer key-1', 'key-1', 'Basic key-1', 'Bearer a\r\nx-b: c'])('is not where it is %j', authorization => {
    expect(callerHeaders(raw, someone, {}, authorization)).toEqual({ 'x-a': '1' })
  })

  it('wins over all others', () => {
    expect(callerHeaders({ authorization: 'Basic a' }, someone, { authorization: 'Basic b' }, 'Basic c')).toEqual({
      authorization: 'Basic c',
    })
  })
})

describe('the headers for a server elsewhere', () => {
  it('are those of the body alone, without those of the connection, of MCP, of cookies and of ours', () => {
    const own = {
      ...{ authorization: 'Bearer theirs', 'x-api-key': 'theirs', 'x-b': 'own', constructor: 'c' },
      ...{ host: 'h', cookie: 'a=b', connection: 'x-b', 'transfer-encoding': 'chunked', 'content-length': '1' },
      ...{ 'proxy-authorization': 'p', 'mcp-session-id': 's', 'x-mcp-servers': 'a', 'accept-encoding': 'gzip' },
    }
    expect(headersElsewhere({ 'x-a': '1', authorization: 'Bearer key-1' }, someone, own)).toEqual({
      authorization: 'Bearer theirs',
      'x-api-key': 'theirs',
      'x-b': 'own',
      constructor: 'c',
    })
  })

  it('cannot hold what the name of a prototype stands for', () => {
    const own = JSON.parse('{"__proto__": "x", "x-a": "1"}')
    const headers = headersElsewhere({}, someone, own)
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype)
    expect(headers?.['x-a']).toBe('1')
  })

  it.each<[string, RawHeaders]>([
    ['as it came', { authorization: 'Bearer key-1' }],
    ['in another header', { 'x-api-key': 'key-1' }],
  ])('are none at all where one holds the key of the caller, %s', (_, raw) => {
    expect(headersElsewhere(raw, someone, { 'x-copy': 'a key-1 b' })).toBeUndefined()
  })

  it('hold no key of ours where none is configured', () => {
    const raw = { authorization: 'Bearer none' }
    expect(headersElsewhere(raw, localCaller, { authorization: 'Bearer none' })).toEqual(raw)
  })
})

describe('a call through a door', () => {
  const headers = { ...as('key-a'), 'x-tenant': 't', cookie: 'a=b', 'x-mcp-pets-authorization': 'Bearer upstream' }
  const passable = { 'x-tenant': 't', 'x-mcp-pets-authorization': 'Bearer upstream' }
  const params = { name: 'pets__echo', arguments: {} }

  it.each<[string, (url: string) => Promise<unknown>]>([
    ['/mcp, of the old era', url => post(`${url}/mcp`, legacy('tools/call', params), headers)],
    ['/mcp-rest/tools/call', url => post(`${url}/mcp-rest/tools/call`, { name: 'pets__echo', arguments: {} }, headers)],
  ])('%s carries them, without the key', async (_, call) => {
    const source = fakeSource('pets')
    const { url } = await openDoor([source], { keys })
    await call(url)
    const seen = source.calls[0]?.context.headers
    expect(seen).toMatchObject(passable)
    expect(JSON.stringify(seen)).not.toContain('key-a')
    expect(Object.keys(seen ?? {})).not.toContain('cookie')
  })

  it('/mcp, of the modern era, carries them too', async () => {
    const source = fakeSource('pets')
    const { url } = await openDoor([source])
    await postModern(`${url}/mcp`, 'tools/call', params)
    expect(source.calls[0]?.context.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(Object.keys(source.calls[0]?.context.headers ?? {}).filter(name => name.startsWith('mcp-'))).toEqual([])
  })
})
