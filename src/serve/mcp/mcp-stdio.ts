import type { Readable, Writable } from 'node:stream'
import { isDeeperThan } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { passesBounds } from '../../core/measure-json.ts'
import type { RpcRequest } from '../../core/protocol.ts'
import { idOfMalformed, rpcCode } from '../../core/protocol.ts'
import { splitLines } from '../../core/split-lines.ts'
import type { Gateway, Scope } from '../../gateway/gateway.ts'
import { followChanges } from './mcp-changes.ts'
import type { McpMethods } from './mcp-methods.ts'
import { openPipe } from './mcp-pipe.ts'
import type { PipeClient } from './pipe-client.ts'
import { servePipe } from './pipe-client.ts'

/** What serving over stdio needs. */
export type McpStdioOptions = Readonly<{
  gateway: Gateway
  methods: McpMethods
  limits: Limits
  scope: Scope
  input: Readable
  output: Writable
  /** Told of faults of our own, which the client only learns of as "internal". */
  onError?: (error: unknown) => void
}>

/**
 * Serves one MCP client of either era over stdin and stdout, one JSON message a line (MCP, transports, "stdio").
 *
 * A client that closes its end may only have piped its requests, so those that run are still answered, for at most
 * `limits.shutdownMs`; what runs then, or when the client stops reading, is cancelled.
 *
 * @returns resolves once the client has left and what ran for it has ended or was cancelled
 */
export async function serveStdio(options: McpStdioOptions): Promise<void> {
  const { gateway, methods, limits, scope, input, output, onError } = options
  const changes = followChanges(gateway)
  const left = Promise.withResolvers<void>()
  const lost = Promise.withResolvers<void>()
  const pipe = openPipe(output, left.promise)
  const client = servePipe({ gateway, methods, changes, limits, scope, pipe, clientId: 'stdio', onError })

  const refuse = (id: RpcRequest['id'] | null, code: number, message: string): void =>
    pipe.error(id, { code, message }, 400)
  const read = splitLines(limits.maxBodyBytes, {
    onLine: line => {
      if (line.trim() === '') return
      if (passesBounds(line, { maxDepth: limits.maxJsonDepth, maxContainers: limits.maxJsonContainers }) !== undefined)
        return refuse(
          null,
          rpcCode.invalidRequest,
          'The line holds or nests too much (limits.maxJsonContainers, maxJsonDepth).',
        )
      const message = parse(line)
      if (message === undefined) return refuse(null, rpcCode.parseError, 'The line is not valid JSON.')
      if (!isDeeperThan(message, limits.maxJsonDepth)) return client.receive(message)
      const why = 'The line nests too deeply (limits.maxJsonDepth).'
      refuse(idOfMalformed(message), rpcCode.invalidRequest, why)
    },
    onTooLong: id =>
      refuse(
        id ?? null,
        rpcCode.invalidRequest,
        `The message is larger than ${limits.maxBodyBytes} bytes (limits.maxBodyBytes).`,
      ),
  })
  input.on('data', read)
  for (const event of ['end', 'close']) input.once(event, left.resolve)
  output.once('error', lost.resolve)
  await Promise.race([left.promise, lost.promise])
  // Nobody will answer what servers ask, and no request will come that goes on with a call that waits.
  client.leave()
  methods.close()
  const patience = Promise.withResolvers<void>()
  const timer = setTimeout(patience.resolve, limits.shutdownMs)
  await Promise.race([finish(client, output), lost.promise, patience.promise])
  clearTimeout(timer)
  client.cancel()
  changes.close()
}

/** Resolves when every answer is given and read. */
async function finish(client: PipeClient, output: Writable): Promise<void> {
  await client.answered()
  await new Promise<unknown>(resolve => output.write('', resolve))
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
