import { describe, expect, it } from 'vitest'
import type { RequestHeaders } from '../../src/auth/keys.ts'
import { createKeyring } from '../../src/auth/keys.ts'
import type { Caller } from '../../src/core/caller.ts'
import { localCaller } from '../../src/core/caller.ts'
import type { KeyConfig } from '../../src/core/key-config.ts'

const one = 'key-one-0123456789'
const two = 'key-two-0123456789'
const ring = createKeyring([
  { id: 'one', key: one, access: {} },
  { id: 'two', key: two, access: { sources: ['pets'] } },
])

describe('createKeyring', () => {
  it.each<[string, RequestHeaders, string | undefined]>([
    ['a bearer token', { authorization: `Bearer ${one}` }, 'one'],
    ['the scheme in any case, with more spaces', { authorization: `bEARER   ${one} ` }, 'one'],
    ['x-api-key', { 'x-api-key': one }, 'one'],
    ['x-litellm-api-key bare', { 'x-litellm-api-key': two }, 'two'],
    ['x-litellm-api-key with Bearer', { 'x-litellm-api-key': `Bearer ${two}` }, 'two'],
    ['the same key in two headers', { authorization: `Bearer ${one}`, 'x-api-key': one }, 'one'],
    ['the same key twice in one header, joined as Node does', { 'x-api-key': `${one}, ${one}` }, 'one'],
    ['another scheme beside a key', { authorization: 'Basic dTpw', 'x-api-key': one }, 'one'],
    ['nothing', {}, undefined],
    ['an empty header', { authorization: '', 'x-api-key': '' }, undefined],
    ['Bearer without a token', { authorization: 'Bearer ' }, undefined],
    ['a token without Bearer in Authorization', { authorization: one }, undefined],
    ['another scheme', { authorization: `Basic ${one}` }, undefined],
    ['a wrong key', { 'x-api-key': 'key-one-012345678x' }, undefined],
    ['part of a key', { 'x-api-key': one.slice(0, -1) }, undefined],
    ['a key and more', { 'x-api-key': `${one}1` }, undefined],
    ['another case', { 'x-api-key': one.toUpperCase() }, undefined],
    ['the id of a key', { 'x-api-key': 'one' }, undefined],
    ['a key in a header that is none of ours', { cookie: one }, undefined],
  ])('%s', (_, headers, id) => {
    expect(ring.identify(headers)?.id).toBe(id)
  })

  it('gives the access of the key, and never the key itself', () => {
    const caller = ring.identify({ 'x-api-key': two })
    expect(caller).toEqual({ id: 'two', access: { sources: ['pets'] } })
    expect(JSON.stringify([caller, ring])).not.toContain(two)
  })

  it.each<[string, RequestHeaders]>([
    ['two headers', { authorization: `Bearer ${one}`, 'x-api-key': two }],
    ['a right key and a wrong one', { authorization: `Bearer ${one}`, 'x-litellm-api-key': 'wrong' }],
    ['one header sent twice', { 'x-api-key': [one, two] }],
    ['one header sent twice, joined as Node does', { 'x-api-key': `${one}, ${two}` }],
  ])('refuses different keys: %s', (_, headers) => {
    expect(() => ring.identify(headers)).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }))
    expect(() => ring.identify(headers)).not.toThrow(one)
  })

  it('remembers what was right, and takes nothing else for it', () => {
    const sent = { authorization: `Bearer ${one}` }
    const first = ring.identify(sent)
    expect(ring.identify(sent)).toBe(first)
    expect(ring.identify({ authorization: `Bearer ${one}x` })).toBeUndefined()
    expect(ring.identify({ authorization: `Bearer ${one.slice(0, -1)}x` })).toBeUndefined()
    expect(() => ring.identify({ ...sent, 'x-api-key': two })).toThrow('two different keys')
    expect(() => ring.identify({ ...sent, 'x-litellm-api-key': 'wrong' })).toThrow('two different keys')
    expect(createKeyring([{ id: 'two', key: two, access: {} }]).identify(sent)).toBeUndefined()
  })

  it.each<[string, KeyConfig[], boolean]>([
    ['that is the same', [{ id: 'two', key: two, access: { sources: ['pets'] } }], true],
    ['that may see more', [{ id: 'two', key: two, access: {} }], false],
    ['whose key was replaced', [{ id: 'two', key: one, access: { sources: ['pets'] } }], false],
    ['whose id is another’s now', [{ id: 'other', key: two, access: { sources: ['pets'] } }], false],
    ['that is gone, with all others', [], false],
  ])('knows a caller of an earlier keyring %s, or not', (_, keys, known) => {
    const caller = ring.identify({ 'x-api-key': two }) as Caller
    expect(ring.knows(caller)).toBe(true)
    expect(createKeyring(keys).knows(caller)).toBe(known)
  })

  it('knows everyone where no key is configured, and nobody of them once there is one', () => {
    expect(createKeyring([]).knows(localCaller)).toBe(true)
    expect(createKeyring([{ id: 'local', key: one, access: {} }]).knows(localCaller)).toBe(false)
  })

  it('takes everyone as local where no key is configured', () => {
    expect(createKeyring([]).identify({ authorization: 'Bearer whatever' })).toBe(localCaller)
  })
})
