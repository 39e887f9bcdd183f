import { randomUUID } from 'node:crypto'
import { GatewayError, messageOf } from '../core/errors.ts'
import type { Provider } from '../core/model.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { restoreHistory } from '../llm/history.ts'
import type { RouteTurns } from '../llm/route-turns.ts'
import type { LoopEvent } from '../llm/tool-loop.ts'
import { runToolLoop } from '../llm/tool-loop.ts'
import type { AnswerHead } from './chat-answer.ts'
import { toChunks } from './chat-chunks.ts'
import { toChatError } from './chat-error.ts'
import { toCompletion } from './chat-json.ts'
import type { ChatRequest } from './chat-request.ts'
import { isMcpTool, parseChatRequest } from './chat-request.ts'
import type { IsOwnUrl } from './chat-server-url.ts'
import { ownUrls } from './chat-server-url.ts'
import { sendChunks } from './chat-stream.ts'
import type { RequestTools } from './chat-tools.ts'
import { resolveTools } from './chat-tools.ts'
import type { Door, Exchange } from './exchange.ts'
import { readJson, sendJson, writeEvent } from './exchange.ts'

/** What the door is made of. */
export type ChatDoorParts = Readonly<{
  gateway: Pick<Gateway, 'list' | 'call' | 'endpoint'>
  /** The provider behind a name that callers use. @throws GatewayError `MODEL_NOT_FOUND` */
  route: RouteTurns
  /** Tells a `server_url` of our own; by default one whose host is that of the request. */
  isOwnUrl?: IsOwnUrl
  log: (level: 'warn', message: string) => void
}>

/**
 * `POST /v1/chat/completions`: OpenAI's chat completions over any configured model, where `tools` may hold
 * `{type: "mcp"}` entries whose calls are run here.
 *
 * Answers every failure itself, in OpenAI's shape: as a status before the first byte, as an `error` event after it.
 */
export function createChatDoor(parts: ChatDoorParts): Door {
  return async exchange => {
    const progress = { hasActed: false }
    try {
      await answer(exchange, parts, progress)
    } catch (thrown) {
      refuse(thrown, exchange, progress.hasActed, parts.log)
    }
  }
}

async function answer(exchange: Exchange, parts: ChatDoorParts, progress: { hasActed: boolean }): Promise<void> {
  const request = parseChatRequest(await readJson(exchange))
  const provider = parts.route(request.model)
  const tools = await resolveTools(request, exchange, parts.gateway, parts.isOwnUrl ?? ownUrls())
  const events = watch(startLoop(request, provider, tools, exchange, parts), progress)
  const head: AnswerHead = {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    ...(request.tools.some(isMcpTool) && { ours: [...tools.ours.values()] }),
  }
  if (request.stream) await sendChunks(toChunks(events, head, request.includeUsage), exchange)
  else sendJson(exchange.response, 200, await toCompletion(events, head))
}

function startLoop(
  request: ChatRequest,
  provider: Provider,
  { tools, ours, callTool }: RequestTools,
  { limits, gone }: Exchange,
  { log }: ChatDoorParts,
): AsyncGenerator<LoopEvent> {
  return runToolLoop({
    provider,
    request: {
      model: request.model,
      messages: restoreHistory(request.messages),
      tools,
      ...(request.toolChoice !== undefined && { toolChoice: request.toolChoice }),
      stream: request.stream,
      rest: request.rest,
    },
    tools: ours,
    callTool: async (name, args, context) => {
      try {
        return await callTool(name, args, context)
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) log('warn', `Calling "${name}" failed: ${messageOf(thrown)}`)
        throw thrown
      }
    },
    limits,
    signal: gone,
  })
}

async function* watch(events: AsyncIterable<LoopEvent>, progress: { hasActed: boolean }): AsyncGenerator<LoopEvent> {
  for await (const event of events) {
    if (event.type === 'tool_call') progress.hasActed = true
    yield event
  }
}

/** After the first byte the only way left is an `error` event, which OpenAI's clients throw; no `[DONE]` follows it. */
function refuse(thrown: unknown, exchange: Exchange, hasActed: boolean, log: ChatDoorParts['log']): void {
  const { request, response, gone } = exchange
  if (gone.aborted || response.destroyed) return void response.destroy()
  const isNews = !(thrown instanceof GatewayError) || thrown.code === 'PROVIDER_ERROR'
  if (isNews) log('warn', `A chat completion failed: ${messageOf(thrown)}`)
  const { status, headers, body } = toChatError(thrown, hasActed)
  if (response.headersSent) {
    writeEvent(response, JSON.stringify(body))
    response.end()
    return
  }
  if (!request.complete) {
    response.shouldKeepAlive = false
    request.resume()
  }
  sendJson(response, status, body, headers)
}
