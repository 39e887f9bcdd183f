import type { ServerContext, StandardSchemaV1 } from '@modelcontextprotocol/server'
import { inputRequired, McpServer, ProtocolError } from '@modelcontextprotocol/server'
import { askAtOnce } from './ask-at-once.ts'
import type { CallScope, Change, Handler, Json, Surface } from './surface.ts'
import { InputNeeded } from './surface.ts'

const clientCapabilities = 'io.modelcontextprotocol/clientCapabilities'
const logLevel = 'io.modelcontextprotocol/logLevel'

/** Lets everything through: the surface says what is right. */
const anything: StandardSchemaV1<Json, Json> = {
  '~standard': { version: 1, vendor: 'test', validate: value => ({ value: value as Json }) },
}

/** One instance of a surface served by SDK 2.x, for one request or one connection. */
export function newServer(
  surface: Surface,
  era: 'legacy' | 'modern',
  announce: (change: Change) => Promise<void>,
): McpServer {
  // Only a McpServer has its arguments compared with the headers that mirror them.
  class Surfaced extends McpServer {
    override toolInputSchemaJson(name: string): Record<string, unknown> | undefined {
      return surface.toolSchema?.(name)
    }
  }
  const outer = new Surfaced(surface.info, { capabilities: surface.capabilities })
  const { server } = outer
  const answer = async (handler: Handler, given: Json, context: ServerContext): Promise<Json> => {
    const { _meta, ...params } = given
    const envelope = context.mcpReq.envelope as Json | undefined
    const declared = era === 'modern' ? envelope?.[clientCapabilities] : server.getClientCapabilities()
    const run = era === 'modern' ? endWithQuestions : askAtOnce
    return run(handler, params, scopeOf(context, era, declared ?? {}, announce))
  }
  for (const [method, handler] of Object.entries(surface.methods)) {
    if (era === 'modern' && removed.includes(method)) continue
    if (surface.unchecked && method === 'tools/call') {
      server.removeRequestHandler(method)
      server.fallbackRequestHandler = async (request, context) => {
        if (request.method !== method) throw new ProtocolError(-32601, 'Method not found')
        return answer(handler, (request.params ?? {}) as Json, context)
      }
    } else {
      server.setRequestHandler(method, { params: anything }, (given, context) => answer(handler, given, context))
    }
  }
  return outer
}

/** A modern call ends with what it needs. */
async function endWithQuestions(handler: Handler, params: Json, scope: CallScope): Promise<Json> {
  try {
    return await handler(params, scope)
  } catch (error) {
    if (!(error instanceof InputNeeded)) throw error
    const { requests, state } = error
    return inputRequired({
      inputRequests: requests as never,
      ...(state !== undefined && { requestState: state }),
    }) as never
  }
}

/** The methods that the modern era has no more. */
const removed = ['logging/setLevel', 'resources/subscribe', 'resources/unsubscribe']

function scopeOf(
  { mcpReq, http }: ServerContext,
  era: 'legacy' | 'modern',
  declared: Json,
  announce: (change: Change) => Promise<void>,
): CallScope {
  const level = (mcpReq.envelope as Json | undefined)?.[logLevel]
  const responses = (mcpReq.inputResponses ?? {}) as Json
  return {
    era,
    clientCapabilities: declared,
    meta: (mcpReq._meta ?? {}) as Json,
    signal: mcpReq.signal,
    ...(level !== undefined && { logLevel: level }),
    notify: (method, params) => mcpReq.notify({ method, params } as never),
    announce,
    async ask(key, method, params) {
      if (era === 'legacy') return (await mcpReq.send({ method, params } as never, anything)) as Json
      if (responses[key] === undefined) throw new InputNeeded({ [key]: { method, params } })
      return responses[key] as Json
    },
    require(requests, state) {
      throw new InputNeeded(requests, state)
    },
    closeStream: () => http?.closeSSE?.(),
    responses,
    state: mcpReq.requestState() as string | undefined,
  }
}
