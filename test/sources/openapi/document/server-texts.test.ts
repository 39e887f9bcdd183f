import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBaseUrls } from '../../../../src/sources/openapi/document/base-url.ts'
import { cutServers, cutToServers } from '../../../../src/sources/openapi/document/server-texts.ts'

const text = fc.constantFrom(
  'https://{host}/{v}',
  'http://a.example',
  '/v1',
  '{v}',
  '',
  'x',
  'v1',
  '1',
  'ftp://a.example',
)
const odd = fc.oneof(text, fc.constantFrom(7, null, true), fc.constant([]))
const variable = fc.record({ default: odd, enum: fc.array(text), description: odd }, { requiredKeys: [] })
const variables = fc.dictionary(fc.constantFrom('host', 'v', 'unused', '__proto__'), fc.oneof(variable, odd))
const server = fc.record({ url: odd, name: text, description: text, variables, 'x-more': odd }, { requiredKeys: [] })
const servers = fc.array(fc.oneof(server, odd), { maxLength: 3 })
const document = fc.record(
  { openapi: text, swagger: text, servers, host: odd, basePath: odd, schemes: fc.array(odd), info: odd },
  { requiredKeys: [] },
)
const choice = fc.record(
  {
    baseUrl: text,
    server: fc.oneof(text, fc.nat(3)),
    serverVariables: fc.dictionary(fc.constantFrom('host', 'v', 'z'), text),
  },
  { requiredKeys: [] },
)

describe('a document cut down to its servers', () => {
  it('gives the base URLs that the whole gives', () => {
    fc.assert(
      fc.property(
        document,
        choice,
        fc.option(fc.constant('https://docs.example/a/openapi.json')),
        (whole, how, url) => {
          const at = url === null ? {} : { url }
          expect(readBaseUrls({ document: cutToServers(whole), ...at }, how)).toEqual(
            readBaseUrls({ document: whole, ...at }, how),
          )
        },
      ),
    )
  })

  it('gives those of an operation too', () => {
    fc.assert(
      fc.property(servers, choice, (own, how) => {
        expect(readBaseUrls({ document: {} }, how, cutServers(own))).toEqual(readBaseUrls({ document: {} }, how, own))
      }),
    )
  })

  it('leaves out what has no text', () => {
    const enums = [{ toString: 1 }, 'a', 1, null]
    const variables = { v: { default: {}, enum: enums } }
    expect(cutServers([{ url: '{v}', name: {}, variables }])).toEqual([
      { url: '{v}', variables: { v: { enum: ['a', '1', 'null'] } } },
    ])
  })

  it('keeps nothing else', () => {
    const url = 'https://{host}.example'
    const variables = { host: { default: 'a', enum: ['a', 'b'], description: 'x' }, unused: { default: 'b' } }
    const whole = {
      openapi: '3.1.0',
      info: {},
      paths: {},
      servers: [{ url, description: 'd', variables, 'x-more': {} }],
    }
    expect(cutToServers(whole)).toEqual({
      servers: [{ url, description: 'd', variables: { host: { default: 'a', enum: ['a', 'b'] } } }],
    })
  })
})
