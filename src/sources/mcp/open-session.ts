import { GatewayError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import { rpcCode } from '../../core/protocol.ts'
import type { ProtocolChoice } from '../../core/source-config.ts'
import { HttpStatusError } from './http-status-error.ts'
import type { Peer, PeerOptions } from './peer.ts'
import { openPeer } from './peer.ts'
import type { HandshakeOptions, Session } from './session.ts'
import { discover, initialize, legacySession, modernSession } from './session.ts'
import type { Transport } from './transport.ts'

/** How to reach an upstream: what makes the transport, whether it only exists in the old era, and whether by network. */
export type Route = Readonly<{ makeTransport: () => Promise<Transport>; legacyOnly?: boolean; remote?: boolean }>

/** How an upstream was met last. Kept by its owner, so that it is not asked anew what it is each time it comes back. */
export type Verdict = { met?: Readonly<{ route: Route; era: 'legacy' | 'modern' }> | undefined }

/** What opening needs: the routes in the order in which they are tried, and the deadlines. */
export type SessionOptions = PeerOptions &
  HandshakeOptions &
  Readonly<{
    routes: readonly Route[]
    protocol: ProtocolChoice
    probeTimeoutMs: number
    verdict: Verdict
  }>

/**
 * Connects to an upstream and agrees on a revision (MCP 2026-07-28, basic/versioning, "Backward Compatibility").
 *
 * `server/discover` is tried first; any answer other than a DiscoverResult means the old era, so `initialize` follows on
 * the same connection, or on a new one where the probe ended it. No answer says nothing yet, see {@link findEra}. A
 * route that answers 400, 404 or 405 gives way to the next one. 401, 403, 5xx and a refused connection say nothing about
 * the era and are thrown.
 *
 * An upstream that was met before is met the same way. Where that fails for a reason that may have to do with the way,
 * it is forgotten: an answer has all ways tried at once, a silence or an end the next time.
 */
export async function openSession(options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const { routes, verdict } = options
  const { met } = verdict
  if (met !== undefined) {
    try {
      return await openRoute(met.route, { ...options, protocol: met.era }, signal)
    } catch (error) {
      if (saysNothing(error, met.route)) throw error
      verdict.met = undefined
      if (signal.aborted || !saysOldEra(error)) throw error
    }
  }
  let refusal: unknown
  for (const route of routes) {
    try {
      const session = await openRoute(route, options, signal)
      verdict.met = { route, era: session.modern ? 'modern' : 'legacy' }
      return session
    } catch (error) {
      if (!(error instanceof HttpStatusError) || ![400, 404, 405, 406].includes(error.status)) throw error
      refusal ??= error
    }
  }
  throw refusal
}

async function openRoute(
  { makeTransport, legacyOnly }: Route,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<Session> {
  const { protocol } = options
  const first = await makeTransport()
  return closeOnFailure(first, signal, async () => {
    const peer = await openPeer(first, options)
    if (protocol === 'legacy' || legacyOnly === true)
      return legacySession(first, peer, await initialize(peer, options, signal))
    if (protocol === 'modern') return modernSession(first, peer, options, await discover(peer, options, signal))
    let ended = false
    void peer.closed.then(() => {
      ended = true
    })
    try {
      return await findEra(first, peer, options, signal)
    } catch (error) {
      if (!ended || signal.aborted) throw error
    }
    // Some old servers exit on any request that comes before `initialize`; they get a second start without it.
    const second = await makeTransport()
    return closeOnFailure(second, signal, async () => {
      const again = await openPeer(second, options)
      return legacySession(second, again, await initialize(again, options, signal))
    })
  })
}

/**
 * Asks in both eras and takes the first that is granted.
 *
 * A refused `server/discover` is followed by `initialize` at once. An unanswered one is followed after
 * `probeTimeoutMs`, but stays open: some old servers ignore what they do not know, and some new ones are still starting.
 */
async function findEra(
  transport: Transport,
  peer: Peer,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<Session> {
  const decided = new AbortController()
  const asking = AbortSignal.any([signal, decided.signal])
  const modern = discover(peer, options, asking).then(discovered => ({ discovered }))
  const patience = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => patience.resolve(undefined), options.probeTimeoutMs)
  try {
    const early = await Promise.race([modern, patience.promise]).catch((refusal: unknown) => {
      if (signal.aborted || !saysOldEra(refusal)) throw refusal
    })
    if (early !== undefined) return modernSession(transport, peer, options, early.discovered)
    let refusal: unknown
    const legacy = initialize(peer, options, asking).then(
      initialized => ({ initialized }),
      (error: unknown) => {
        refusal = error
        if (!saysNewEra(error)) decided.abort()
        throw error
      },
    )
    const granted = await Promise.any([modern, legacy]).catch(() => {
      throw refusal
    })
    if ('discovered' in granted) return modernSession(transport, peer, options, granted.discovered)
    return await legacySession(transport, peer, granted.initialized)
  } finally {
    clearTimeout(timer)
    decided.abort()
  }
}

async function closeOnFailure(
  transport: Transport,
  signal: AbortSignal,
  open: () => Promise<Session>,
): Promise<Session> {
  const close = (): void => void transport.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    const session = await open()
    // It was closed while the last of the handshake was on its way, and nobody is told of that any more.
    signal.throwIfAborted()
    return session
  } catch (error) {
    await transport.close()
    throw error
  } finally {
    signal.removeEventListener('abort', close)
  }
}

/** The upstream was not reached, or wants credentials, or is out of order: that says nothing about what it speaks. */
function saysNothing(error: unknown, { remote = false }: Route): boolean {
  if (error instanceof HttpStatusError) return [401, 403].includes(error.status) || error.status >= 500
  return remote && error instanceof GatewayError && error.code === 'SOURCE_UNAVAILABLE'
}

/** An error answer, or an HTTP refusal that a server without the method gives. */
function saysOldEra(error: unknown): boolean {
  if (error instanceof HttpStatusError)
    return error.status >= 400 && error.status < 500 && error.status !== 401 && error.status !== 403
  return error instanceof GatewayError && ['SOURCE_ERROR', 'SOURCE_PROTOCOL'].includes(error.code)
}

/** An answer to `initialize` by a server that does not know it, or misses the envelope of the new era. */
function saysNewEra(error: unknown): boolean {
  const { methodNotFound, invalidRequest, invalidParams, unsupportedVersion } = rpcCode
  const codes: readonly unknown[] = [methodNotFound, invalidRequest, invalidParams, unsupportedVersion]
  return (
    error instanceof GatewayError &&
    error.code === 'SOURCE_ERROR' &&
    isObject(error.data) &&
    codes.includes(error.data.code)
  )
}
