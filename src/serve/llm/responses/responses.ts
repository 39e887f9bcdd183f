import type { JsonObject } from '../../../core/json.ts'
import type { Door, Exchange } from '../../exchange.ts'
import { readJson, sendJson } from '../../exchange.ts'
import type { Sealer } from '../../seal.ts'
import type { LlmParts, Progress, TellFailure } from '../answer.ts'
import { answerDoor, logFailure, startAnswer } from '../answer.ts'
import { keepCost } from '../cost.ts'
import { tellOpenAi, toOpenAiError } from '../openai-error.ts'
import { invalid } from '../read-body.ts'
import type { RequestTools } from '../request-tools.ts'
import { sendStream, toEventText } from '../send-stream.ts'
import type { Context } from './context.ts'
import { loadContext } from './context.ts'
import type { Conversation } from './conversation.ts'
import { toConversation } from './conversation.ts'
import { newResponseId } from './item-ids.ts'
import type { KeptResponses } from './kept-responses.ts'
import { readAnswer } from './read-answer.ts'
import { replaysOf } from './replay.ts'
import type { ResponsesRequest } from './request.ts'
import { parseResponsesRequest } from './request.ts'
import { toKept } from './to-kept.ts'
import { findByLabel, toToolChoice } from './tool-choice.ts'

/** What the doors of responses are made of, besides what every surface needs. */
export type ResponsesParts = LlmParts & Readonly<{ kept: KeptResponses; sealer: Sealer }>

const what = 'A response'

/**
 * `POST /v1/responses`: OpenAI's Responses API over any configured model, where `tools` may hold `{type: "mcp"}` entries whose
 * calls are run here, once they are approved where that is asked for.
 *
 * Answers every failure itself, in OpenAI's shape: as a status before the first byte, as `response.failed` after it.
 */
export function createResponsesDoor(parts: ResponsesParts): Door {
  return answerDoor(what, (exchange, progress) => answer(exchange, parts, progress), tellResponses, parts.log)
}

async function answer(exchange: Exchange, parts: ResponsesParts, progress: Progress): Promise<void> {
  const { caller, gone, response } = exchange
  const request = parseResponsesRequest(await readJson(exchange))
  const { seal, open } = replaysOf(parts.sealer, caller.id)
  const context = await loadContext(request, parts.kept, caller.id, open)
  if (context.before.length + context.input.length === 0) throw invalid('input', 'is empty: there is nothing to answer')
  let conversation: Conversation | undefined
  const read = (tools: RequestTools): Conversation => (conversation ??= converse(context, tools, open))
  const { model, stream, rest, maxToolCalls, tools: asked } = request
  const { events, tools } = await startAnswer(
    {
      model,
      stream,
      rest,
      tools: asked,
      messages: [],
      textBetween: '',
      tellsTurns: true,
      complete: tools => complete(request, read(tools), tools),
      approved: tools => read(tools).approved.map(({ call }) => call),
      ...(maxToolCalls !== undefined && { maxToolCalls }),
    },
    exchange,
    parts,
    progress,
  )
  const id = newResponseId()
  const reader = readAnswer({
    head: { id, createdAt: Math.floor(Date.now() / 1000), model, store: request.store, echo: request.echo },
    tools,
    listed: context.listed,
    approvals: new Map(read(tools).approved.map(({ call, approvalId }) => [call.id, approvalId])),
    seal,
    keep: (body, replays) => parts.kept.keep(id, toKept(id, caller.id, context, body, replays)),
  })
  if (!stream) {
    const cost = keepCost()
    for await (const event of events) {
      cost.note(event)
      reader.read(event)
    }
    return sendJson(response, 200, (await reader.end()).at(-1)?.response, cost.headers())
  }
  const join = (told: readonly JsonObject[]): string => told.map(toEventText).join('')
  await sendStream(
    events,
    {
      write: event => join(reader.read(event)),
      keepAlive: ': keep-alive\n\n',
      end: async () => join(await reader.end()),
      async breakOff(thrown) {
        const told = gone.aborted ? undefined : await reader.fail(thrown)
        if (told !== undefined) logFailure(what, thrown, parts.log)
        return told && join(told)
      },
    },
    exchange,
  )
}

function converse(
  { before, input, replays }: Context,
  tools: RequestTools,
  open: (sealed: unknown) => Conversation['messages'][number] | undefined,
): Conversation {
  return toConversation([...before, ...input], {
    earlier: before.length,
    nameOf: (label, name) => findByLabel(tools, label, name)[0]?.name,
    replayOf: item =>
      replays.get(item.id ?? '') ?? (item.type === 'reasoning' ? open(item.encrypted_content) : undefined),
  })
}

/** Instructions are of this answer alone, so they are not in the conversation. */
function complete({ instructions, toolChoice }: ResponsesRequest, { messages }: Conversation, tools: RequestTools) {
  const first = instructions === undefined ? [] : [{ role: 'system', content: instructions }]
  return {
    messages: [...first, ...messages],
    ...(toolChoice !== undefined && { toolChoice: toToolChoice(toolChoice, tools) }),
  }
}

/** In OpenAI's shape; for the other doors of responses too. */
export const tellResponses: TellFailure = {
  refuse: tellOpenAi.refuse,
  /** For a stream that was opened only to keep the connection: nothing was told in it yet. */
  breakOff(thrown, { response }) {
    const { code, message, param } = toOpenAiError(thrown).body.error
    response.write(toEventText({ type: 'error', sequence_number: 0, code, message, param }))
  },
}
