import { expect, it } from 'vitest'
import { whyUnreachable } from '../../src/egress/why-unreachable.ts'

const failure = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code })

it.each([
  ['ECONNREFUSED', 'connection refused (ECONNREFUSED). Does it run there, and is the port in its URL right?'],
  ['ENOTFOUND', 'there is no such host name (ENOTFOUND). Is the host in its URL spelt right?'],
  [
    'UND_ERR_CONNECT_TIMEOUT',
    'no connection within 70 ms (UND_ERR_CONNECT_TIMEOUT). Is it in a network that this machine reaches?',
  ],
  ['CERT_HAS_EXPIRED', 'its certificate has expired (CERT_HAS_EXPIRED).'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed: give it as "tls.ca" (DEPTH_ZERO_SELF_SIGNED_CERT).'],
  ['EODD', 'connect EODD.'],
])('says what %s means and what to look at', (code, expected) => {
  expect(whyUnreachable(failure(code), { timeoutMs: 70 })).toBe(expected)
  const wrapped = new TypeError('fetch failed', { cause: new AggregateError([failure(code)]) })
  if (code !== 'EODD') expect(whyUnreachable(wrapped, { timeoutMs: 70 })).toBe(expected)
})

it('names no "tls" where an entry has none', () => {
  const told = whyUnreachable(failure('SELF_SIGNED_CERT_IN_CHAIN'), { hasTls: false })
  expect(told).toMatch(/self-signed: name a file with its authority in the variable NODE_EXTRA_CA_CERTS \(/)
})
