import { describe, expect, it } from 'vitest'
import { forwardedHeaders } from '../../../../src/sources/openapi/security/forwarded-headers.ts'

const caller = {
  'user-agent': 'client',
  'x-tenant': 't',
  'x-mcp-orders-authorization': 'Bearer o',
  'x-mcp-orders-x-tenant': 'of orders',
  'x-mcp-orders-eu-x-key': 'eu',
  'x-mcp-orders-host': 'evil',
  'x-mcp-orders-content-length': '1',
  'x-mcp-orders-cookie': 'a=b',
  'x-mcp-orders-mcp-session-id': 's',
  'x-mcp-orders-proxy-authorization': 'p',
  'x-mcp-orders-': 'nothing',
  'x-mcp-my_api-x-key': 'm',
}

describe('the headers that are passed on', () => {
  it.each<[string, string, true | string[] | undefined, object]>([
    ['are none by default', 'orders', undefined, {}],
    ['are those on the list, as they came', 'pets', ['x-tenant', 'x-none'], { 'x-tenant': 't' }],
    ['are those addressed to the source, before others', 'orders', ['x-tenant'], { 'x-tenant': 'of orders' }],
    ['are addressed ones only where they are on the list', 'orders', ['authorization'], { authorization: 'Bearer o' }],
    ['are all that are addressed, with true', 'orders', true, { authorization: 'Bearer o', 'x-tenant': 'of orders' }],
    ['are not those of a source whose id begins alike', 'orders-eu', true, { 'x-key': 'eu' }],
    ['are found by an id that no header can spell', 'My API', true, { 'x-key': 'm' }],
    ['are no properties of every object', 'orders', ['constructor', '__proto__'], {}],
  ])('%s', (_, id, forwardHeaders, expected) => {
    const config = forwardHeaders === undefined ? { id } : { id, forwardHeaders }
    expect(forwardedHeaders(config, caller, () => ['orders', 'orders-eu', 'pets', 'My API'])).toEqual(expected)
  })
})
