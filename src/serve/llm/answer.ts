import { GatewayError, messageOf } from '../../core/errors.ts'
import type { FunctionCall, TurnRequest } from '../../core/model.ts'
import type { LoopEvent } from '../../llm/loop-event.ts'
import type { RouteTurns } from '../../llm/route-turns.ts'
import type { ToolLoop } from '../../llm/tool-loop.ts'
import { runToolLoop } from '../../llm/tool-loop.ts'
import type { Door, Exchange } from '../exchange.ts'
import { dropRest } from '../exchange.ts'
import { spendingOf } from './cost.ts'
import type { McpTool } from './mcp-entry.ts'
import type { EntryParts } from './open-entry.ts'
import type { RequestTools } from './request-tools.ts'
import { resolveTools } from './request-tools.ts'

/** What the doors of completions are made of. */
export type LlmParts = EntryParts &
  Readonly<{
    /** The provider behind a name that callers use. @throws GatewayError `MODEL_NOT_FOUND` */
    route: RouteTurns
    log: (level: 'warn', message: string) => void
  }>

/** What a caller asks for, whichever surface it came through: a turn, whose tools may hold `mcp` entries. */
export type Asked = Omit<TurnRequest, 'tools'> &
  Pick<ToolLoop, 'textBetween' | 'tellsTurns'> &
  Readonly<{
    /** In the caller's order: ours stand where their `mcp` entry stood. */
    tools: readonly (McpTool | TurnRequest['tools'][number])[]
    /** Calls of an earlier answer that the caller has approved of, found among the tools of this request. */
    approved?: (tools: RequestTools) => readonly FunctionCall[]
    /** What of the turn depends on the names that the tools of this request have got; it wins over the same fields here. */
    complete?: (tools: RequestTools) => Partial<Pick<TurnRequest, 'messages' | 'tools' | 'toolChoice'>>
    /** A bound on tool calls of the caller's own, below `limits.maxToolCalls`. */
    maxToolCalls?: number
  }>

/** An answer that has begun: what happens in it, and the tools that are offered in it. */
export type Answer = Readonly<{ events: AsyncIterable<LoopEvent>; tools: RequestTools }>

/** Whether tools have been called for an answer: it must not be asked for again by itself then. */
export type Progress = { hasActed: boolean }

/**
 * Finds the model and the tools of a request and starts the loop over them; nothing is asked before its first event is.
 *
 * @throws GatewayError `MODEL_NOT_FOUND`, and what {@link resolveTools} throws
 */
export async function startAnswer(
  asked: Asked,
  exchange: Exchange,
  parts: LlmParts,
  progress: Progress,
): Promise<Answer> {
  const { approved, complete, maxToolCalls, textBetween, tellsTurns, tools: _, ...turn } = asked
  const { limits } = exchange
  const provider = parts.route(asked.model, spendingOf(exchange))
  const tools = await resolveTools(asked, exchange, parts)
  const events = runToolLoop({
    provider,
    request: { ...turn, tools: tools.tools, ...complete?.(tools) },
    tools: tools.ours,
    ...(approved && { approved: approved(tools) }),
    ...(textBetween !== undefined && { textBetween }),
    ...(tellsTurns !== undefined && { tellsTurns }),
    callTool: async (name, args, context) => {
      progress.hasActed = true
      try {
        return await tools.callTool(name, args, context)
      } catch (thrown) {
        if (!(thrown instanceof GatewayError)) parts.log('warn', `Calling "${name}" failed: ${messageOf(thrown)}`)
        throw thrown
      }
    },
    limits:
      maxToolCalls === undefined ? limits : { ...limits, maxToolCalls: Math.min(maxToolCalls, limits.maxToolCalls) },
    signal: exchange.gone,
  })
  return { events, tools }
}

/** How a surface tells that an answer failed. */
export type TellFailure = Readonly<{
  /** Before the first byte. */
  refuse(thrown: unknown, exchange: Exchange, hasActed: boolean): void
  /** After it: the last that is written to a stream that has begun. */
  breakOff(thrown: unknown, exchange: Exchange): void
}>

/**
 * Makes the door of a surface: it answers every failure itself, in the words of its clients.
 *
 * @param what - such as "A chat completion", for the log
 */
export function answerDoor(
  what: string,
  answer: (exchange: Exchange, progress: Progress) => Promise<void>,
  { refuse, breakOff }: TellFailure,
  log: LlmParts['log'],
): Door {
  return async exchange => {
    const progress: Progress = { hasActed: false }
    try {
      await answer(exchange, progress)
    } catch (thrown) {
      const { request, response, gone } = exchange
      if (gone.aborted || response.destroyed) return void response.destroy()
      logFailure(what, thrown, log)
      if (response.headersSent) {
        breakOff(thrown, exchange)
        response.end()
        return
      }
      dropRest(request, response)
      refuse(thrown, exchange, progress.hasActed)
    }
  }
}

/** Logs what the caller alone cannot mend. */
export function logFailure(what: string, thrown: unknown, log: LlmParts['log']): void {
  const isNews = !(thrown instanceof GatewayError) || thrown.code === 'PROVIDER_ERROR'
  if (isNews) log('warn', `${what} failed: ${messageOf(thrown)}`)
}
