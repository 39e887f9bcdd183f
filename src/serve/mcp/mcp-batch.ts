import { GatewayError } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import type { RpcMessage } from '../../core/protocol.ts'
import { idOfMalformed, isRpcMessage, isRpcRequest, rpcCode } from '../../core/protocol.ts'
import { RpcFailure, toRpcError } from '../errors.ts'
import type { McpReply, Piece } from './mcp-reply.ts'
import { resultMessage } from './mcp-reply.ts'

/** The only revision whose clients may send several messages at once (MCP 2025-03-26, basic, "Batching"). */
const batchRevision = '2025-03-26'

/** What serving a batch needs. */
export type BatchOptions = Readonly<{
  /** What the client agreed on with us; undefined where that is not known. */
  revision: string | undefined
  limits: Pick<Limits, 'maxBatchMessages'>
  /** Where the questions and notifications go that belong to its requests. */
  reply: McpReply
  /** Answers one message, or takes it. Never rejects; one that was cancelled is not answered. */
  serve: (message: RpcMessage, reply: McpReply) => Promise<void>
  /** Given each answer as soon as it is there. */
  onAnswer: (pieces: readonly Piece[]) => void
}>

/**
 * Serves the messages of a batch, all at once. What is no message in it is answered with an error of its own.
 *
 * @returns resolves when all are answered
 * @throws RpcFailure -32600 for an empty batch, and for a client of another revision; GatewayError `REQUEST_TOO_LARGE` past
 *   `limits.maxBatchMessages`
 */
export async function serveBatch(messages: readonly unknown[], options: BatchOptions): Promise<void> {
  const { revision, limits, reply, serve, onAnswer } = options
  if (revision !== batchRevision) {
    const spoken = revision === undefined ? 'this client has not agreed on it' : `this session speaks ${revision}`
    const message = `Batches are part of revision ${batchRevision} alone, and ${spoken}; send one message at a time.`
    throw new RpcFailure(rpcCode.invalidRequest, message)
  }
  if (messages.length === 0) throw new RpcFailure(rpcCode.invalidRequest, 'The batch is empty.')
  if (messages.length > limits.maxBatchMessages)
    throw new GatewayError(
      'REQUEST_TOO_LARGE',
      `A batch may hold ${limits.maxBatchMessages} messages, and this one holds ${messages.length} (limits.maxBatchMessages). Send several.`,
    )
  const own = replyInBatch(reply, onAnswer)
  const serveOne = async (message: unknown): Promise<void> => {
    const problem = problemOf(message)
    if (problem === undefined) return serve(message as RpcMessage, own)
    own.error(idOfMalformed(message), toRpcError(new RpcFailure(rpcCode.invalidRequest, problem)), 200)
  }
  await Promise.all(messages.map(serveOne))
}

/** What is in the way of serving it as a part of a batch. */
function problemOf(message: unknown): string | undefined {
  if (!isRpcMessage(message)) return 'This part of the batch is no JSON-RPC 2.0 message.'
  // 2025-03-26, lifecycle, "Initialization": nothing else can be asked before it is answered.
  const begins = isRpcRequest(message) && message.method === 'initialize'
  return begins ? 'initialize must not be part of a batch.' : undefined
}

function replyInBatch(reply: McpReply, take: (pieces: readonly Piece[]) => void): McpReply {
  return {
    notify: (method, params) => reply.notify(method, params),
    ask: (id, method, params) => reply.ask(id, method, params),
    result: (id, result) => take(resultMessage(id, result)),
    error: (id, error) => take([JSON.stringify({ jsonrpc: '2.0', id, error })]),
    isOpen: () => reply.isOpen(),
    onClose: listener => reply.onClose(listener),
  }
}

/** The answers of a batch as one list, in pieces. */
export function listOfAnswers(answers: readonly (readonly Piece[])[]): readonly Piece[] {
  return answers.flatMap((pieces, at) => [at === 0 ? '[' : ',', ...pieces]).concat(']')
}
