import { hash, timingSafeEqual } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Caller } from '../core/caller.ts'
import { localCaller } from '../core/caller.ts'
import { credentialHeaders, credentialsIn } from '../core/credential-headers.ts'
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
  /** True for a caller of this keyring, and for one of an earlier keyring whose key and access are still the same. */
  knows: (caller: Caller) => boolean
}>

/** The headers of a request, such as `IncomingMessage.headers`. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** The digest of the key behind each caller. A key that was replaced keeps its id, but is not the same any more. */
const digests = new WeakMap<Caller, Buffer>()

/** How many headers that were right are remembered. */
const maxAccepted = 1_000

/**
 * Makes a keyring. It compares the digest of each candidate with that of every key, so that the time an answer takes says
 * nothing about how much of a key was right or which one it was.
 *
 * An `Authorization` that was right is remembered as it came, and found by its hash: of a wrong one nothing is learned
 * from how alike it is, since a map compares texts only after their hashes, whose seed each process chooses anew.
 */
export function createKeyring(keys: readonly KeyConfig[]): Keyring {
  const known = keys.map(({ id, key, access }) => ({ digest: digest(key), caller: { id, access } }))
  const byId = new Map(known.map(each => [each.caller.id, each]))
  for (const { digest, caller } of known) digests.set(caller, digest)
  const accepted = new Map<string, Caller>()

  const find = (headers: RequestHeaders): Caller | undefined => {
    const given = readCredential(headers)
    if (given === undefined) return undefined
    const candidate = digest(given)
    let found: Caller | undefined
    for (const { digest: expected, caller } of known) {
      if (timingSafeEqual(expected, candidate)) found = caller
    }
    return found
  }

  return {
    identify: headers => {
      if (known.length === 0) return localCaller
      const only = onlyAuthorization(headers)
      const remembered = only === undefined ? undefined : accepted.get(only)
      if (remembered !== undefined) return remembered
      const found = find(headers)
      if (found === undefined || only === undefined) return found
      if (accepted.size >= maxAccepted) accepted.clear()
      accepted.set(only, found)
      return found
    },
    knows: caller => {
      if (known.length === 0) return caller === localCaller
      const now = byId.get(caller.id)
      if (now === undefined || now.caller === caller) return now !== undefined
      const isSameKey = digests.get(caller)?.equals(now.digest) ?? false
      return isSameKey && isDeepStrictEqual(now.caller.access, caller.access)
    },
  }
}

/** What nearly every client sends: this header, once, and none of the others that may hold a key. */
function onlyAuthorization(headers: RequestHeaders): string | undefined {
  const { authorization } = headers
  const others = headers['x-api-key'] ?? headers['x-litellm-api-key']
  return typeof authorization === 'string' && others === undefined ? authorization : undefined
}

function readCredential(headers: RequestHeaders): string | undefined {
  const given = credentialHeaders.flatMap(name => credentialsIn(name, headers[name]))
  if (given.some(credential => credential !== given[0])) {
    const message = `The request carries two different keys; send one of ${credentialHeaders.join(', ')}.`
    throw new GatewayError('UNAUTHORIZED', message)
  }
  return given[0]
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
