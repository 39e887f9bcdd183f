import { z } from 'zod'
import { doneInTime } from '../../llm/deadline.ts'
import type { Door } from '../exchange.ts'
import { readJson, sendJsonText } from '../exchange.ts'
import type { LlmParts } from './answer.ts'
import { answerDoor } from './answer.ts'
import { costHeaders, spendingOf } from './cost.ts'
import { tellOpenAi } from './openai-error.ts'
import { orInvalid } from './read-body.ts'

const bodySchema = z.looseObject({ model: z.string().min(1) })

/**
 * `POST /v1/embeddings`: OpenAI's embeddings over any configured model whose provider has them.
 *
 * What the caller sends goes on as it came, but for the name of the model; so does what an OpenAI-compatible provider
 * answers. Others embed texts only.
 */
export function createEmbeddingsDoor({ route, log }: Pick<LlmParts, 'route' | 'log'>): Door {
  return answerDoor(
    'An embedding',
    async exchange => {
      const { model, ...body } = orInvalid(bodySchema.safeParse(await readJson(exchange)), '')
      const { completionTimeoutMs, maxEmbeddingsBytes: maxAnswerBytes } = exchange.limits
      const provider = route(model, spendingOf(exchange))
      const { text, cost } = await doneInTime(completionTimeoutMs, exchange.gone, 'The embedding', signal =>
        provider.embed({ model, body }, { signal, maxAnswerBytes }),
      )
      sendJsonText(exchange.response, 200, text, costHeaders(cost))
    },
    tellOpenAi,
    log,
  )
}
