import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { legacyRevisions, metaKey, modernRevision } from '../../core/protocol.ts'
import type { ProtocolChoice } from '../../core/source-config.ts'
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
 * the same connection, or on a new one where the probe ended it. A route that answers 400, 404 or 405 gives way to the
 * next one. 401, 403, 5xx and a refused connection say nothing about the era and are thrown.
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
  const probing = options.protocol !== 'legacy' && legacyOnly !== true
  const first = await makeTransport()
  return closeOnFailure(first, signal, async () => {
    const peer = await openPeer(first, options)
    if (!probing) return initialize(first, peer, options, signal)
    let ended = false
    void peer.closed.then(() => {
      ended = true
    })
    try {
      return await discover(first, peer, options, signal)
    } catch (refusal) {
      if (options.protocol === 'modern' || signal.aborted || !(ended || saysOldEra(refusal))) throw refusal
    }
    if (!ended) return initialize(first, peer, options, signal)
    // Some old servers exit on any request that comes before `initialize`; they get a second start without it.
    const second = await makeTransport()
    return closeOnFailure(second, signal, async () =>
      initialize(second, await openPeer(second, options), options, signal),
    )
  })
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

/** An error answer, a timeout, or an HTTP refusal that a server without the method gives. */
function saysOldEra(error: unknown): boolean {
  if (error instanceof HttpStatusError)
    return error.status >= 400 && error.status < 500 && error.status !== 401 && error.status !== 403
  return error instanceof GatewayError && ['SOURCE_ERROR', 'SOURCE_TIMEOUT', 'SOURCE_PROTOCOL'].includes(error.code)
}

async function discover(
  transport: Transport,
  peer: Peer,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<Session> {
  const envelope = {
    [metaKey.protocolVersion]: modernRevision,
    [metaKey.clientCapabilities]: {},
    [metaKey.clientInfo]: options.clientInfo,
  }
  const request: Session['request'] = (method, params, requesting) =>
    peer.request(
      method,
      { ...params, _meta: { ...(isObject(params._meta) ? params._meta : {}), ...envelope } },
      requesting,
    )
  const timeoutMs = options.protocol === 'modern' ? options.startTimeoutMs : options.probeTimeoutMs
  const result = await request('server/discover', {}, { signal, timeoutMs })
  const versions = result.supportedVersions
  if (!Array.isArray(versions) || !versions.includes(modernRevision)) {
    throw new GatewayError('SOURCE_PROTOCOL', `"${options.sourceId}" does not speak revision ${modernRevision}.`)
  }
  transport.agreed?.(modernRevision)
  const meta = isObject(result._meta) ? result._meta : {}
  return {
    revision: modernRevision,
    modern: true,
    capabilities: isObject(result.capabilities) ? result.capabilities : {},
    about: { serverInfo: meta[metaKey.serverInfo], instructions: result.instructions },
    request,
    closed: peer.closed,
    close: peer.close,
  }
}

async function initialize(
  transport: Transport,
  peer: Peer,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<Session> {
  const params = { protocolVersion: legacyRevisions[0], capabilities: {}, clientInfo: options.clientInfo }
  const result = await peer.request('initialize', params, { signal, timeoutMs: options.startTimeoutMs })
  const revision = result.protocolVersion
  if (typeof revision !== 'string' || !legacyRevisions.includes(revision)) {
    throw new GatewayError(
      'SOURCE_PROTOCOL',
      `"${options.sourceId}" speaks protocol revision "${String(revision).slice(0, 40)}", which Patchbay does not know.`,
    )
  }
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
    close: peer.close,
  }
}
