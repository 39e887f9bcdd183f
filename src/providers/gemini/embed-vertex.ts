import { isObject } from '../../core/json.ts'
import type { EmbedCodec, WireAnswer } from '../codec.ts'
import { inBatches, sumTokens, textsOf, toEmbeddings } from '../embed-texts.ts'
import { ownFields } from './embed-gemini.ts'
import { modelPath } from './gemini-model.ts'

/**
 * Embeddings of Vertex AI: `predict`, which older models take up to 250 texts of and `gemini-embedding-001` one; and
 * `embedContent`, for one text, of the Gemini models after it (Google's page "Get text embeddings", and its SDK).
 */
export const embedVertex: EmbedCodec = {
  write(request) {
    const { model } = request
    const texts = textsOf(request)
    const own = ownFields(request)
    if (embedsContent(model)) {
      return texts.map(text => ({
        path: `${modelPath(model)}:embedContent`,
        body: {
          content: { role: 'user', parts: [{ text }] },
          ...(Object.keys(own).length > 0 && { embedContentConfig: own }),
        },
      }))
    }
    const { taskType, title, outputDimensionality } = own
    const instances = texts.map(content => ({
      content,
      ...(taskType !== undefined && { task_type: taskType }),
      ...(title !== undefined && { title }),
    }))
    return inBatches(instances, model.includes('gemini-embedding') ? 1 : 250).map(batch => ({
      path: `${modelPath(model)}:predict`,
      body: { instances: batch, ...(outputDimensionality !== undefined && { parameters: { outputDimensionality } }) },
    }))
  },
  read(answers, request) {
    const found = answers.flatMap(embedsContent(request.model) ? readContent : readPredictions)
    return toEmbeddings(
      found.map(({ vector }) => vector),
      request,
      sumTokens(found.map(({ tokens }) => tokens)),
    )
  },
}

type Found = Readonly<{ vector: unknown; tokens: unknown }>

function embedsContent(model: string): boolean {
  return model.includes('gemini') && !model.includes('gemini-embedding-001')
}

function readContent({ value: { embedding, usageMetadata } }: WireAnswer): readonly Found[] {
  const tokens = isObject(usageMetadata) ? usageMetadata.promptTokenCount : undefined
  return isObject(embedding) ? [{ vector: embedding.values, tokens }] : []
}

function readPredictions({ value: { predictions } }: WireAnswer): readonly Found[] {
  const list: readonly unknown[] = Array.isArray(predictions) ? predictions : []
  return list.map(each => {
    const embedding = isObject(each) && isObject(each.embeddings) ? each.embeddings : {}
    const { values, statistics } = embedding
    return { vector: values, tokens: isObject(statistics) ? statistics.token_count : undefined }
  })
}
