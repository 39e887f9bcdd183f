// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of servers.json look like placeholders.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { diffSources } from '../../src/config/diff-config.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { OpenApiConfig } from '../../src/core/source-config.ts'
import { problemsOf, read, readEntry, temporary } from './load.ts'

const openapi = 'specs/a.json'

describe('allowHosts', () => {
  it.each<[string, string, object]>([
    ['a host', 'API.Internal', { kind: 'host', host: 'api.internal' }],
    ['a host with a port', 'api.internal:8443', { kind: 'host', host: 'api.internal', port: 8443 }],
    ['a host with a dot at the end', 'api.internal.', { kind: 'host', host: 'api.internal' }],
    ['a host in another script', 'bücher.example', { kind: 'host', host: 'xn--bcher-kva.example' }],
    ['an address', '10.1.2.3', { kind: 'host', host: '10.1.2.3' }],
    ['an address in unusual digits', '0x7f.1:80', { kind: 'host', host: '127.0.0.1', port: 80 }],
    ['an IPv6 address', 'FD00:0::1', { kind: 'host', host: 'fd00::1' }],
    ['an IPv6 address with a port', '[fd00::1]:8080', { kind: 'host', host: 'fd00::1', port: 8080 }],
    ['the names below a domain', '*.internal.example', { kind: 'domain', suffix: '.internal.example' }],
    ['the same at one port', '*.internal:443', { kind: 'domain', suffix: '.internal', port: 443 }],
    ['a network', '10.0.0.0/8', { kind: 'network', address: '10.0.0.0', bits: 8 }],
    ['an IPv6 network', 'fd00::/8', { kind: 'network', address: 'fd00::', bits: 8 }],
  ])('takes %s', async (_, text, host) => {
    expect(await readEntry({ openapi, allowHosts: [text] })).toMatchObject({ allowHosts: [host] })
    expect((await read({ egress: { allowHosts: [text] } })).egress.allowHosts).toEqual([host])
  })

  it.each([
    ...['', '*', '*.', 'http://api.internal', 'api.internal/v1', 'user@api.internal', 'a b', 'a.*.b', '*.10.0.0.1'],
    ...['api.internal:0', 'api.internal:70000', 'api.internal:', '10.0.0.0/33', 'fd00::/129', '10.0.0/8', '[fd00::]/8'],
  ])('refuses %j', async text => {
    const form = expect.stringMatching(/^mcpServers\.x\.allowHosts\[0\] must be a host, its subdomains or a network/)
    expect(await problemsOf({ mcpServers: { x: { openapi, allowHosts: [text] } } })).toEqual([form])
    expect(await problemsOf({ egress: { allowHosts: ['ok.internal', text] } })).toEqual([
      expect.stringMatching(/^egress\.allowHosts\[1\] must be a host/),
    ])
  })

  it('of the whole file holds for every document, so that a change of it makes their sources anew', async () => {
    const file = (allowHosts: string[]) => ({
      mcpServers: { api: { openapi, allowHosts: ['one.internal'] }, mcp: { url: 'https://h/mcp' } },
      egress: { allowHosts },
    })
    const before = await read(file(['two.internal']))
    expect((before.sources[0] as OpenApiConfig).allowHosts).toEqual([
      { kind: 'host', host: 'one.internal' },
      { kind: 'host', host: 'two.internal' },
    ])
    const { changed, unchanged } = diffSources(before.sources, (await read(file(['three.internal']))).sources)
    expect([changed, unchanged].map(list => list.map(({ id }) => id))).toEqual([['api'], ['mcp']])
  })

  it('says so when it has no effect', async () => {
    const { warnings } = await read({ mcpServers: { x: { url: 'https://h/mcp', allowHosts: ['a'] } } })
    expect(warnings).toEqual([expect.stringContaining('mcpServers.x.allowHosts has no effect on this kind of entry.')])
  })
})

describe('callerServers', () => {
  const rules = async (callerServers: object) => (await read({ egress: { callerServers } })).egress.callerServers

  it('is empty by default', async () => {
    expect((await read({})).egress.callerServers).toEqual({ allow: [], allowHosts: [] })
    expect(await rules({})).toEqual({ allow: [], allowHosts: [] })
  })

  it('takes URLs, and hosts among them', async () => {
    expect(await rules({ allow: ['https://mcp.example.com/*', ' https://* '], allowHosts: ['10.0.0.0/8'] })).toEqual({
      allow: [
        { protocol: 'https:', host: 'mcp.example.com', port: 443 },
        { protocol: 'https:', host: '*', port: 443 },
      ],
      allowHosts: [{ kind: 'network', address: '10.0.0.0', bits: 8 }],
    })
  })

  it('has no part in what documents may reach', async () => {
    const { egress } = await read({ egress: { allowHosts: ['a.internal'], callerServers: { allow: ['https://*'] } } })
    expect(egress.callerServers.allowHosts).toEqual([])
  })

  it('refuses what is neither, in its place', async () => {
    const callerServers = { allow: ['https://h/*', 'mcp.example.com'], allowHosts: ['http://h'] }
    expect(await problemsOf({ egress: { callerServers } })).toEqual([
      expect.stringMatching(/^egress\.callerServers\.allow\[1\] must be URLs of servers, such as https:/),
      expect.stringMatching(/^egress\.callerServers\.allowHosts\[0\] must be a host/),
    ])
  })

  it('may be said of a key', async () => {
    const key = 'pb_11111abcde22222fghij'
    const { keys } = await read({ keys: { a: { key, servers: [], callerServers: true } } })
    expect(keys[0]?.access).toEqual({ sources: [], callerServers: true })
  })
})

describe('tls', () => {
  let place = ''
  beforeAll(() => {
    place = temporary({ 'not.pem': 'hello' })
    cpSync(fileURLToPath(new URL('../fixtures/tls', import.meta.url)), place, { recursive: true })
  })
  const load = async (tls: unknown, env: Record<string, string> = {}) => {
    const at = temporary({ 'servers.json': JSON.stringify({ mcpServers: { x: { openapi, tls } } }) })
    cpSync(place, at, { recursive: true })
    return (await loadConfig(join(at, 'servers.json'), { env })).sources[0] as OpenApiConfig
  }
  const pem = expect.stringContaining('-----BEGIN')

  it.each<[string, object, object]>([
    ['an authority by its path', { ca: 'ca.pem' }, { ca: pem }],
    ['an authority as text', { ca: '${file:ca.pem}' }, { ca: pem }],
    ['a certificate and its key', { cert: 'client.pem', key: './client.key.pem' }, { cert: pem, key: pem }],
    [
      'a key that a passphrase opens',
      { cert: 'client.pem', key: 'client.encrypted.key.pem', passphrase: '${PASS}' },
      { cert: pem, key: pem, passphrase: 'opensesame' },
    ],
  ])('takes %s', async (_, tls, expected) => {
    expect((await load(tls, { PASS: 'opensesame' })).tls).toEqual(expected)
  })

  it.each<[string, object, string]>([
    ['a file that is not there', { ca: 'no.pem' }, 'mcpServers.x.tls.ca names a file that cannot be read (ENOENT).'],
    ['a file of another kind', { ca: 'not.pem' }, 'mcpServers.x.tls.ca names a file that is not PEM'],
    ['a certificate without a key', { cert: 'client.pem' }, 'mcpServers.x.tls needs "cert" and "key" together'],
    ['a key without a certificate', { key: 'client.key.pem' }, 'mcpServers.x.tls needs "cert" and "key" together'],
    ['the key of another', { cert: 'client.pem', key: 'server.key.pem' }, 'mcpServers.x.tls cannot be used: '],
    [
      'a wrong passphrase',
      { cert: 'client.pem', key: 'client.encrypted.key.pem', passphrase: 's3cret' },
      'mcpServers.x.tls cannot be used: ',
    ],
    ['an unknown key', { pfx: 'x' }, 'mcpServers.x.tls.pfx is not a known key'],
  ])('refuses %s', async (_, tls, message) => {
    const failure = await load(tls).catch(thrown => thrown)
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) })
    expect(failure.message).not.toContain('s3cret')
    expect(failure.message).not.toContain('BEGIN')
  })
})
