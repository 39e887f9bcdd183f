import type { RpcId, RpcMessage } from '../../core/protocol.ts'

/**
 * Carries JSON-RPC messages to one upstream and back: stdio, streamable HTTP, or the older HTTP+SSE.
 *
 * Messages are handed over one by one, in the order in which they arrived.
 */
export interface Transport {
  /** Opens it. @throws GatewayError `SOURCE_UNAVAILABLE` or `SOURCE_UNAUTHORIZED`, naming the source */
  start(handlers: TransportHandlers): Promise<void>
  /**
   * Sends one message. Over HTTP it resolves once the answer's stream has ended, over stdio once it is written.
   *
   * @throws GatewayError when it was not delivered, or when HTTP gave no answer to a request
   */
  send(message: RpcMessage, options?: SendOptions): Promise<void>
  /** Called once the revision is agreed, so that HTTP can name it in its headers. */
  agreed?(revision: string): void
  /** Called once an old-era session stands: HTTP then opens its stream for the server's own messages. */
  listen?(): void
  /** Ends it and everything it started; resolves when a child is gone. Safe to call twice. */
  close(): Promise<void>
}

/** What a transport tells. `onClose` comes at most once, and not after `close()`. */
export type TransportHandlers = Readonly<{
  /** `origin`: the id of our request on whose stream it came; undefined where it came on one that all share. */
  onMessage: (message: RpcMessage, origin?: RpcId) => void
  /** The upstream went away. The error says why. */
  onClose: (error: Error) => void
  /** A message that could not be read. With an id, that request will never be answered. */
  onUnreadable: (reason: string, id?: string | number) => void
  /** What the upstream has told by itself may have been missed. */
  onGap?: () => void
}>

/** `headers` are added to that one POST. `sending` is how to give up waiting for the answer over HTTP. */
export type SendOptions = Readonly<{ sending?: Sending; headers?: Readonly<Record<string, string>> }>

/**
 * One message on its way: its transport sets `giveUp` where it can do that. A signal for each message costs more than the
 * rest of sending it.
 */
export type Sending = { giveUp?: (reason: Error) => void }
