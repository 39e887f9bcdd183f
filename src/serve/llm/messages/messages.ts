import { randomUUID } from 'node:crypto'
import { findsTheirs } from '../../../llm/tool-loop.ts'
import type { Door, Exchange } from '../../exchange.ts'
import { readJson, sendJson } from '../../exchange.ts'
import type { LlmParts, Progress } from '../answer.ts'
import { answerDoor, startAnswer } from '../answer.ts'
import { keepCost } from '../cost.ts'
import type { RequestTools } from '../request-tools.ts'
import { sendStream, toEventText } from '../send-stream.ts'
import { collectMessage } from './collect-message.ts'
import type { MessageHead } from './message-events.ts'
import { messageWriter } from './message-events.ts'
import type { MessagesRequest } from './messages-request.ts'
import { parseMessagesRequest } from './messages-request.ts'
import { tellAnthropic } from './tell-failure.ts'
import { toAsked } from './to-asked.ts'

/**
 * `POST /v1/messages`: Anthropic's Messages API over any configured model, its MCP connector included: the calls of
 * `mcp_servers` are run here.
 *
 * Answers every failure itself, in Anthropic's shape: as a status before the first byte, as an `error` event after it.
 */
export function createMessagesDoor(parts: LlmParts): Door {
  return answerDoor('A message', (exchange, progress) => answer(exchange, parts, progress), tellAnthropic, parts.log)
}

async function answer(exchange: Exchange, parts: LlmParts, progress: Progress): Promise<void> {
  const request = parseMessagesRequest(await readJson(exchange))
  const { events, tools } = await startAnswer(toAsked(request, betasOf(exchange)), exchange, parts, progress)
  const write = messageWriter(toHead(request, tools))
  if (!request.stream) {
    const cost = keepCost()
    const message = await collectMessage(events, event => {
      cost.note(event)
      return write(event)
    })
    return sendJson(exchange.response, 200, message, cost.headers())
  }
  await sendStream(events, { write: event => write(event).map(toEventText).join(''), keepAlive: ping }, exchange)
}

/** The beta features that a request asks for; the header may come more than once, each with several. */
export function betasOf({ request }: Exchange): readonly string[] {
  const header = request.headers['anthropic-beta'] ?? []
  return [header].flat().flatMap(text =>
    text
      .split(',')
      .map(beta => beta.trim())
      .filter(beta => beta !== ''),
  )
}

function toHead({ model, fields }: MessagesRequest, { tools, ours, entries }: RequestTools): MessageHead {
  const isTheirs = findsTheirs({ tools: ours, request: { tools } })
  const serverOf = (entry = 0): string => entries[entry]?.server_label ?? entries[entry]?.server_url ?? ''
  return {
    id: `msg_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    model,
    stopSequences: Array.isArray(fields.stop_sequences) ? fields.stop_sequences : [],
    isTheirs: name => isTheirs({ id: '', type: 'function', function: { name, arguments: '' } }) && !ours.has(name),
    nameAtServer(name) {
      const tool = ours.get(name)
      return { name: tool?.servedAs ?? name, server: serverOf(tool?.entry) }
    },
  }
}

const ping = toEventText({ type: 'ping' })
