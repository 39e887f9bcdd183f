import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { legacyRevisions, metaKey, modernRevision, rpcCode } from '../../core/protocol.ts'
import type { ProtocolChoice } from '../../core/source-config.ts'
import { offeredCapabilities } from './ask-rules.ts'
import { withEnvelope } from './envelope.ts'
import { HttpStatusError } from './http-status-error.ts'
import type { Peer, PeerOptions, RequestOptions } from './peer.ts'
import { openPeer } from './peer.ts'
import type { Transport } from './transport.ts'

/** A conversation with an upstream whose era and revision are agreed. Ends when the upstream goes away. */
export type Session = Readonly<{
  revision: string
  modern: boolean
  capabilities: JsonObject
  /** What the upstream says of itself: `serverInfo`, `instructions`. */
  about: JsonObject
  /** As {@link Peer.request}; a modern upstream gets the `_meta` that every request of its era needs. */
  request(method: string, params: JsonObject, options: RequestOptions): Promise<JsonObject>
  closed: Promise<Error>
  /** Fires when it is over, by itself or by `close()`. */
  ended: AbortSignal
  close(): Promise<void>
}>

/** How to reach an upstream: what makes the transport, and whether it only exists in the old era. */
export type Route = Readonly<{ makeTransport: () => Promise<Transport>; legacyOnly?: boolean }>

/** What opening needs: the routes in the order in which they are tried, and the deadlines. */
export type SessionOptions = PeerOptions &
  Readonly<{
    routes: readonly Route[]
    protocol: ProtocolChoice
    probeTimeoutMs: number
    startTimeoutMs: number
    clientInfo: JsonObject
  }>

/**
 * Connects to an upstream and agrees on a revision (MCP 2026-07-28, basic/versioning, "Backward Compatibility").
 *
 * `server/discover` is tried first; any answer other than a DiscoverResult means the old era, so `initialize` follows on
 * the same connection, or on a new one where the probe ended it. No answer says nothing yet, see {@link findEra}. A
 * route that answers 400, 404 or 405 gives way to the next one. 401, 403, 5xx and a refused connection say nothing about
 * the era and are thrown.
 */
export async function openSession(options: SessionOptions, signal: AbortSignal): Promise<Session> {
  let refusal: unknown
  for (const route of options.routes) {
    try {
      return await openRoute(route, options, signal)
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
    return await open()
  } catch (error) {
    await transport.close()
    throw error
  } finally {
    signal.removeEventListener('abort', close)
  }
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

/** @returns the DiscoverResult of a server that speaks our revision */
async function discover(peer: Peer, options: SessionOptions, signal: AbortSignal): Promise<JsonObject> {
  const params = withEnvelope({}, options.clientInfo)
  const result = await peer.request('server/discover', params, { signal, timeoutMs: options.startTimeoutMs })
  const versions = result.supportedVersions
  if (!Array.isArray(versions) || !versions.includes(modernRevision)) {
    throw new GatewayError('SOURCE_PROTOCOL', `"${options.sourceId}" does not speak revision ${modernRevision}.`)
  }
  return result
}

function modernSession(transport: Transport, peer: Peer, options: SessionOptions, result: JsonObject): Session {
  transport.agreed?.(modernRevision)
  const meta = isObject(result._meta) ? result._meta : {}
  return {
    revision: modernRevision,
    modern: true,
    capabilities: isObject(result.capabilities) ? result.capabilities : {},
    about: { serverInfo: meta[metaKey.serverInfo], instructions: result.instructions },
    request: (method, params, requesting) =>
      peer.request(method, withEnvelope(params, options.clientInfo, requesting.caller?.client), requesting),
    closed: peer.closed,
    ended: peer.ended,
    close: peer.close,
  }
}

/** @returns the InitializeResult of a server that chose a revision we know */
async function initialize(peer: Peer, options: SessionOptions, signal: AbortSignal): Promise<JsonObject> {
  const { clientInfo } = options
  const params = { protocolVersion: legacyRevisions[0], capabilities: offeredCapabilities, clientInfo }
  const result = await peer.request('initialize', params, { signal, timeoutMs: options.startTimeoutMs })
  if (!legacyRevisions.includes(String(result.protocolVersion))) {
    throw new GatewayError(
      'SOURCE_PROTOCOL',
      `"${options.sourceId}" speaks protocol revision "${String(result.protocolVersion).slice(0, 40)}", which Patchbay does not know.`,
    )
  }
  return result
}

async function legacySession(transport: Transport, peer: Peer, result: JsonObject): Promise<Session> {
  const revision = String(result.protocolVersion)
  transport.agreed?.(revision)
  await peer.notify('notifications/initialized')
  transport.listen?.()
  return {
    revision,
    modern: false,
    capabilities: isObject(result.capabilities) ? result.capabilities : {},
    about: { serverInfo: result.serverInfo, instructions: result.instructions },
    request: peer.request,
    closed: peer.closed,
    ended: peer.ended,
    close: peer.close,
  }
}
