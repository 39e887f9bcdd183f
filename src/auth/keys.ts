import { hash, timingSafeEqual } from 'node:crypto'
import type { Caller } from '../core/caller.ts'
import { localCaller } from '../core/caller.ts'
import { GatewayError } from '../core/errors.ts'
import type { KeyConfig } from '../core/key-config.ts'

/** Tells who asks. */
export type Keyring = Readonly<{
  /**
   * Finds the caller behind a request's headers, names in lower case as Node gives them.
   *
   * @returns undefined for no key or a wrong one; everyone is {@link localCaller} where no key is configured
   * @throws GatewayError `UNAUTHORIZED` when two headers carry different keys: which one counts must not be a guess
   */
  identify: (headers: RequestHeaders) => Caller | undefined
}>

/** The headers of a request, such as `IncomingMessage.headers`. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * Makes a keyring. It keeps digests only, and compares each candidate with all of them, so that the time an answer takes
 * says nothing about how much of a key was right or which one it was.
 */
export function createKeyring(keys: readonly KeyConfig[]): Keyring {
  const known = keys.map(({ id, key, access }) => ({ digest: digest(key), caller: { id, access } }))
  return {
    identify: headers => {
      if (known.length === 0) return localCaller
      const given = readCredential(headers)
      if (given === undefined) return undefined
      const candidate = digest(given)
      let found: Caller | undefined
      for (const { digest: expected, caller } of known) {
        if (timingSafeEqual(expected, candidate)) found = caller
      }
      return found
    },
  }
}

/** In the order they are told to people. `authorization` counts only as `Bearer`. */
const credentialHeaders = ['authorization', 'x-api-key', 'x-litellm-api-key'] as const

function readCredential(headers: RequestHeaders): string | undefined {
  const given = credentialHeaders.flatMap(name => readHeader(name, headers[name]))
  if (given.some(credential => credential !== given[0])) {
    const message = `The request carries two different keys; send one of ${credentialHeaders.join(', ')}.`
    throw new GatewayError('UNAUTHORIZED', message)
  }
  return given[0]
}

/** One header's credentials. A repeated header is an array, or one text joined by a comma (Node, `message.headers`). */
function readHeader(name: string, value: string | readonly string[] | undefined): string[] {
  const values = (typeof value === 'string' ? [value] : (value ?? [])).flatMap(text => text.split(/,[ \t]+/))
  return values.flatMap(text => {
    const [, bearer, rest = ''] = /^\s*(bearer\s+)?(.*?)\s*$/is.exec(text) ?? []
    return rest === '' || (name === 'authorization' && bearer === undefined) ? [] : [rest]
  })
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
