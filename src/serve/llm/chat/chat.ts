import { randomUUID } from 'node:crypto'
import { restoreHistory } from '../../../llm/history.ts'
import type { Door, Exchange } from '../../exchange.ts'
import { readJson, sendJson } from '../../exchange.ts'
import type { LlmParts, Progress } from '../answer.ts'
import { answerDoor, startAnswer } from '../answer.ts'
import { costHeaders } from '../cost.ts'
import { tellOpenAi } from '../openai-error.ts'
import type { AnswerHead } from './chat-answer.ts'
import { chunkWriter } from './chat-chunks.ts'
import { toCompletion } from './chat-json.ts'
import { parseChatRequest } from './chat-request.ts'
import { sendChunks } from './chat-stream.ts'
import { toLegacyEvents } from './legacy-functions.ts'

/**
 * `POST /v1/chat/completions`: OpenAI's chat completions over any configured model, where `tools` may hold
 * `{type: "mcp"}` entries whose calls are run here.
 *
 * Answers every failure itself, in OpenAI's shape: as a status before the first byte, as an `error` event after it.
 */
export function createChatDoor(parts: LlmParts): Door {
  return answerDoor(
    'A chat completion',
    (exchange, progress) => answer(exchange, parts, progress),
    tellOpenAi,
    parts.log,
  )
}

async function answer(exchange: Exchange, parts: LlmParts, progress: Progress): Promise<void> {
  const { includeUsage, legacy, ...request } = parseChatRequest(await readJson(exchange))
  const asked = { ...request, messages: restoreHistory(request.messages) }
  const { events: told, tools } = await startAnswer(asked, exchange, parts, progress)
  const events = legacy === undefined ? told : toLegacyEvents(told, legacy)
  const head: AnswerHead = {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    ...(tools.entries.length > 0 && { ours: [...tools.ours.values()] }),
  }
  if (request.stream) return sendChunks(events, chunkWriter(head, includeUsage), exchange)
  const { completion, cost } = await toCompletion(events, head)
  sendJson(exchange.response, 200, completion, costHeaders(cost))
}
