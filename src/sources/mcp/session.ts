import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import { legacyRevisions, metaKey, modernRevision, rpcCode } from '../../core/protocol.ts'
import { offeredCapabilities } from './ask-rules.ts'
import { withEnvelope } from './envelope.ts'
import type { Peer, RequestOptions } from './peer.ts'
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
  /** As {@link Peer.close}. */
  close(why?: Error): Promise<void>
}>

/** What the first question to an upstream needs. */
export type HandshakeOptions = Readonly<{ sourceId: string; startTimeoutMs: number; clientInfo: JsonObject }>

/** @returns the DiscoverResult of a server that speaks our revision */
export async function discover(peer: Peer, options: HandshakeOptions, signal: AbortSignal): Promise<JsonObject> {
  const params = withEnvelope({}, options.clientInfo)
  const ask = (): Promise<JsonObject> =>
    peer.request('server/discover', params, { signal, timeoutMs: options.startTimeoutMs })
  const result = await ask().catch((error: unknown) => {
    // One that refuses the revision and then names it, such as a router in front of servers of several ages, is asked again.
    if (!namesOurs(error)) throw error
    return ask()
  })
  const versions = result.supportedVersions
  if (!Array.isArray(versions) || !versions.includes(modernRevision)) {
    throw new GatewayError(
      'SOURCE_PROTOCOL',
      `"${options.sourceId}" does not speak revision ${modernRevision}. With "protocol": "auto" it is spoken to as it can.`,
    )
  }
  return result
}

/** A refusal of the revision that names ours among those that are supported (2026-07-28, basic/versioning). */
function namesOurs(error: unknown): boolean {
  const data = error instanceof GatewayError && error.code === 'SOURCE_ERROR' && isObject(error.data) ? error.data : {}
  const supported = data.code === rpcCode.unsupportedVersion && isObject(data.data) ? data.data.supported : undefined
  return Array.isArray(supported) && supported.includes(modernRevision)
}

/** The session that a DiscoverResult begins. */
export function modernSession(
  transport: Transport,
  peer: Peer,
  { clientInfo }: HandshakeOptions,
  result: JsonObject,
): Session {
  transport.agreed?.(modernRevision)
  const meta = isObject(result._meta) ? result._meta : {}
  return {
    revision: modernRevision,
    modern: true,
    capabilities: isObject(result.capabilities) ? result.capabilities : {},
    about: { serverInfo: meta[metaKey.serverInfo], instructions: result.instructions },
    request: (method, params, requesting) =>
      peer.request(
        method,
        withEnvelope(params, clientInfo, requesting.caller?.client, requesting.takesTask),
        requesting,
      ),
    closed: peer.closed,
    ended: peer.ended,
    close: peer.close,
  }
}

/** @returns the InitializeResult of a server that chose a revision we know */
export async function initialize(peer: Peer, options: HandshakeOptions, signal: AbortSignal): Promise<JsonObject> {
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

/** The session that an InitializeResult begins; tells the upstream so. */
export async function legacySession(transport: Transport, peer: Peer, result: JsonObject): Promise<Session> {
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
