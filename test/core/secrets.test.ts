import { describe, expect, it } from 'vitest'
import { hideSecrets, secretsInFilled, secretsInUrl, showUrl, spellings } from '../../src/core/secrets.ts'

describe('the secrets of a URL', () => {
  it.each([
    ['none of a plain one', 'https://api.example.com/v1/customer-notifications', []],
    ['none of a file with a date', 'https://h/descriptions/api.github.com.2022-11-28.json', []],
    ['none of what is no URL', 'descriptions/0123456789abcdef0', []],
    ['each value of its query, as it is and as written', 'https://h/?key=a%20b&n=1', ['a%20b', '1', 'a b', '1']],
    ['its password', 'https://u:p4ssw0rd@h/', ['p4ssw0rd']],
    ['a segment with a run of letters and digits', 'https://h/s/NmEx0123456789ab/mcp', ['NmEx0123456789ab']],
    ['the whole segment around it', 'https://h/bot123:AAHdqTcvCH1vGWJxf', ['bot123:AAHdqTcvCH1vGWJxf']],
    ['a UUID', 'https://h/f81d4fae-7dec-11d0-a765-00a0c91e6bf6/mcp', ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6']],
  ])('are %s', (_, url, expected) => {
    expect(secretsInUrl(url)).toEqual(expected)
  })
})

describe('the secrets of what variables filled in', () => {
  const url = 'https://acme.example.com:8443/v1/s3cret-part/x'
  it.each([
    ['all of a value', ['s3cret-part'], ['s3cret-part']],
    ['nothing of a host', ['acme.example.com'], []],
    ['nothing of a part of a host', ['acme'], []],
    ['nothing of scheme, host and port', ['https://acme.example.com:8443'], []],
    ['what follows the host', ['https://acme.example.com:8443/v1/s3cret-part'], ['v1', 's3cret-part']],
    ['what follows a host without its scheme', ['acme.example.com:8443/v1/s3cret-part'], ['v1', 's3cret-part']],
    ['a value with slashes, and each part of it', ['ab/s3cret-part'], ['ab/s3cret-part', 'ab', 's3cret-part']],
  ])('are %s', (_, values, expected) => {
    const secrets = secretsInFilled(values, [url])
    expect([...new Set(secrets)].sort()).toEqual([...expected].sort())
  })
})

describe('a URL that is shown', () => {
  it.each([
    ['https://h:1/bots3cret-part/v1', 'https://h:1/bot***/v1'],
    ['https://s3cret-part.h/s3cret-part', 'https://s3cret-part.h/***'],
    ['https://h/v1?key=other&s3cret-part', 'https://h/v1?key=***&***=***'],
    ['https://h/', 'https://h/'],
  ])('%s is %s', (url, expected) => {
    expect(showUrl(new URL(url), spellings(['s3cret-part']))).toBe(expected)
  })
})

it('hides a secret in whichever spelling it comes, and no short word', () => {
  const secrets = spellings(['Bearer a/b "c"d', 'short'])
  for (const told of ['Bearer a/b "c"d', 'a/b "c"d', 'a%2Fb%20%22c%22d', 'a/b%20%22c%22d', 'a/b \\"c\\"d'])
    expect(hideSecrets(`short: ${told}!`, secrets)).toBe('short: [hidden]!')
})
