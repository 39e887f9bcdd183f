import type { Writable } from 'node:stream'
import type { JsonObject } from '../../core/json.ts'
import type { RpcError, RpcId } from '../../core/protocol.ts'
import type { McpReply, Piece } from './mcp-reply.ts'
import { resultMessage } from './mcp-reply.ts'

/** Where messages to the client go; `message` is sent as it is, on a line of its own. */
export type Pipe = McpReply & Readonly<{ message(pieces: readonly Piece[]): void }>

/**
 * The reply to everything that comes over stdio: one JSON message a line, whichever request it belongs to.
 *
 * @param left - resolves when the client has closed its end: it can be answered, but will answer nothing
 */
export function openPipe(output: Writable, left: Promise<void>): Pipe {
  let open = true
  void left.then(() => {
    open = false
  })
  const message = (pieces: readonly Piece[]): void => {
    // All in one turn, so that nothing else comes between.
    for (const piece of pieces.slice(0, -1)) output.write(piece)
    output.write(`${pieces.at(-1)}\n`)
  }

  return {
    ...messagesOver(message),
    isOpen: () => open,
    // What waits for the client is ended by whoever serves the pipe, all at once.
    onClose: () => {},
  }
}

/**
 * What goes through a pipe as JSON-RPC.
 *
 * @param message - writes one whole
 * @param tell - the same for what the client has not asked for
 */
export function messagesOver(
  message: Pipe['message'],
  tell: Pipe['message'] = message,
): Omit<Pipe, 'isOpen' | 'onClose'> {
  const text = (given: JsonObject): readonly Piece[] => [JSON.stringify({ jsonrpc: '2.0', ...given })]
  return {
    notify: (method, params) => tell(text({ method, params })),
    ask: (id, method, params) => tell(text({ id, method, params })),
    message,
    result: (id, result) => message(resultMessage(id, result)),
    error: (id, error) => message(text({ id, error })),
  }
}

/** The reply to one request over stdio. Who has cancelled waits for no answer (2025-11-25, utilities/cancellation). */
export class PipeReply implements McpReply {
  /** When progress was last sent, as `performance.now()` tells time. */
  lastProgress = 0
  readonly #pipe: McpReply
  readonly #cancelled: AbortSignal
  readonly #release: () => void

  /** @param release - called when the request is answered, so that its id may be used again */
  constructor(pipe: McpReply, cancelled: AbortSignal, release: () => void) {
    this.#pipe = pipe
    this.#cancelled = cancelled
    this.#release = release
  }

  notify(method: string, params: JsonObject): void {
    if (method === 'notifications/progress') this.lastProgress = performance.now()
    this.#pipe.notify(method, params)
  }

  ask(id: RpcId, method: string, params: JsonObject): void {
    this.#pipe.ask(id, method, params)
  }

  result(id: RpcId, result: Piece): void {
    this.#release()
    if (!this.#cancelled.aborted) this.#pipe.result(id, result)
  }

  error(id: RpcId | null, error: RpcError, status: number): void {
    this.#release()
    if (!this.#cancelled.aborted) this.#pipe.error(id, error, status)
  }

  isOpen(): boolean {
    return this.#pipe.isOpen()
  }

  onClose(listener: () => void): void {
    this.#pipe.onClose(listener)
  }
}
