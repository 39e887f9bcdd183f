import type { EmbedRequest } from '../../core/embeddings.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { EmbedCodec } from '../codec.ts'
import { dimensionsOf, inBatches, sumTokens, textsOf, toEmbeddings } from '../embed-texts.ts'
import { modelPath } from './gemini-model.ts'

/** What the API takes in one batch. */
const maxTexts = 100

/** `batchEmbedContents` of the Gemini API. */
export const embedGemini: EmbedCodec = {
  write(request) {
    const path = modelPath(request.model)
    const own = ownFields(request)
    const requests = textsOf(request).map(text => ({
      model: path.slice(1),
      content: { parts: [{ text }] },
      ...own,
    }))
    return inBatches(requests, maxTexts).map(batch => ({
      path: `${path}:batchEmbedContents`,
      body: { requests: batch },
    }))
  },
  read(answers, request) {
    const vectors = answers.flatMap(({ value }) => (Array.isArray(value.embeddings) ? value.embeddings : []))
    return toEmbeddings(
      vectors.map(each => (isObject(each) ? each.values : undefined)),
      request,
      sumTokens(
        answers.map(({ value }) => (isObject(value.usageMetadata) ? value.usageMetadata.promptTokenCount : null)),
      ),
    )
  },
}

/** What a caller may say beside the text: OpenAI's `dimensions`, and Google's own words in camel or snake case. */
export function ownFields(request: EmbedRequest): JsonObject {
  const { body } = request
  const dimensions = dimensionsOf(request) ?? body.outputDimensionality ?? body.output_dimensionality
  const taskType = body.taskType ?? body.task_type
  return {
    ...(typeof taskType === 'string' && { taskType }),
    ...(typeof body.title === 'string' && { title: body.title }),
    ...(typeof dimensions === 'number' && { outputDimensionality: dimensions }),
  }
}
