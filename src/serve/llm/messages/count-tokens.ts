import { isObject } from '../../../core/json.ts'
import type { Door, Exchange } from '../../exchange.ts'
import { readJson, sendJson } from '../../exchange.ts'
import type { LlmParts } from '../answer.ts'
import { answerDoor } from '../answer.ts'
import { resolveTools } from '../request-tools.ts'
import { betasOf } from './messages.ts'
import { parseMessagesRequest } from './messages-request.ts'
import { tellAnthropic } from './tell-failure.ts'
import { toAsked } from './to-asked.ts'

/**
 * `POST /v1/messages/count_tokens`: how many tokens a request has, the tools of its MCP servers included.
 *
 * An estimate, four characters to a token and 1,500 tokens to an image or file: each model counts its own way, and a
 * provider is not asked.
 */
export function createCountTokensDoor(parts: LlmParts): Door {
  return answerDoor('Counting tokens', exchange => count(exchange, parts), tellAnthropic, parts.log)
}

async function count(exchange: Exchange, parts: LlmParts): Promise<void> {
  const body = await readJson(exchange)
  const request = parseMessagesRequest(isObject(body) ? { max_tokens: 1, ...body } : body)
  // What nobody has configured is told here too.
  parts.route(request.model)
  const asked = toAsked(request, betasOf(exchange))
  const resolved = await resolveTools(asked, exchange, parts)
  const tools = asked.complete?.(resolved).tools ?? resolved.tools
  const characters = [request.system, request.messages, tools].map(charactersIn)
  sendJson(exchange.response, 200, { input_tokens: Math.ceil(characters.reduce((sum, each) => sum + each, 0) / 4) })
}

const charactersOfMedia = 6_000

/** Of its JSON, without the bytes of media. */
function charactersIn(value: unknown): number {
  let media = 0
  const text = JSON.stringify(value, (_, each: unknown) => {
    if (!isObject(each) || each.type !== 'base64') return each
    media += charactersOfMedia
    return undefined
  })
  return (text?.length ?? 0) + media
}
