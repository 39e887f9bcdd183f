import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import type { AllowedHost } from '../../../../src/core/allowed-host.ts'
import type { EgressOptions } from '../../../../src/sources/openapi/egress/egress.ts'
import { createEgress } from '../../../../src/sources/openapi/egress/egress.ts'

const pem = (name: string) => readFileSync(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')
const ca = pem('ca')
const certificate = { cert: pem('client'), key: pem('client.key') }
const loopbackNetwork: AllowedHost = { kind: 'network', address: '127.0.0.0', bits: 8 }

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A server that answers with the name on the certificate it was shown. */
async function listen(name: string, options: { asks?: boolean; insists?: boolean } = {}): Promise<string> {
  const { asks = false, insists = false } = options
  const server = createServer(
    {
      cert: pem(name),
      key: pem(`${name}.key`),
      ...(asks || insists ? { ca, requestCert: true, rejectUnauthorized: insists } : {}),
    },
    (request, response) => response.end((request.socket as TLSSocket).getPeerCertificate()?.subject?.CN ?? 'nobody'),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return String((server.address() as AddressInfo).port)
}

async function get(url: string, options: EgressOptions): Promise<string> {
  const egress = createEgress('"pets"', options)
  closing.unshift(egress.close)
  const bounds = { signal: new AbortController().signal, timeoutMs: 5_000, maxBytes: () => 1_000 }
  return (await egress.send({ method: 'GET', url: new URL(url), headers: {} }, bounds)).body.toString()
}

describe('tls', () => {
  it('trusts the authority that it is given', async () => {
    const port = await listen('server')
    expect(await get(`https://127.0.0.1:${port}/`, { loopback: true, tls: { ca } })).toBe('nobody')
  })

  it.each<[string, string, string, EgressOptions]>([
    ['from an unknown authority', 'server', 'give that as "tls.ca"', {}],
    ['signed by itself', 'self-signed', 'its certificate is self-signed', {}],
    ['signed by itself, whatever else is trusted', 'self-signed', 'its certificate is self-signed', { tls: { ca } }],
  ])('refuses a certificate %s', async (_, name, message, options) => {
    const port = await listen(name)
    const failure = await get(`https://127.0.0.1:${port}/`, { loopback: true, ...options }).catch(thrown => thrown)
    expect(failure).toMatchObject({ code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining(message) })
  })

  it('refuses a certificate for another name', async () => {
    const port = await listen('server')
    const lookup = {
      lookup: (_: string, __: unknown, done: (...found: [null, string, number]) => void) => done(null, '127.0.0.1', 4),
    }
    const asked = get(`https://other.example:${port}/`, { loopback: true, tls: { ca }, ...lookup })
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('for another name') })
  })

  it.each([
    ['as it is', certificate],
    ['opened by its passphrase', { ...certificate, key: pem('client.encrypted.key'), passphrase: 'opensesame' }],
  ])('shows the client certificate to a host that the operator named, its key %s', async (_, own) => {
    const port = await listen('server', { insists: true })
    const allowHosts: AllowedHost[] = [{ kind: 'host', host: '127.0.0.1', port: Number(port) }]
    expect(await get(`https://127.0.0.1:${port}/`, { allowHosts, tls: { ca, ...own } })).toBe('Patchbay test client')
  })

  it('shows it to no other host', async () => {
    const port = await listen('server', { asks: true })
    const options = { allowHosts: [loopbackNetwork], tls: { ca, ...certificate } }
    // A name that only resolves into the network was named by nobody.
    expect(await get(`https://localhost:${port}/`, options)).toBe('nobody')
  })

  it('says when the other side speaks plain http', async () => {
    const { createServer: createPlain } = await import('node:http')
    const plain = createPlain((_, response) => response.end()).listen(0, '127.0.0.1')
    await new Promise(resolve => plain.once('listening', resolve))
    closing.push(() => plain.close())
    const failure = await get(`https://127.0.0.1:${(plain.address() as AddressInfo).port}/`, { loopback: true }).catch(
      thrown => thrown,
    )
    expect(failure.message).toContain('it does not speak TLS there')
  })
})
