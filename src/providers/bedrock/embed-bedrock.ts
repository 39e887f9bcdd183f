import type { EmbedRequest } from '../../core/embeddings.ts'
import { GatewayError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { EmbedCodec, WireAnswer } from '../codec.ts'
import { dimensionsOf, inBatches, sumTokens, textsOf, toEmbeddings } from '../embed-texts.ts'

/** Embeddings of Bedrock's `InvokeModel`, where each family of models has a body of its own. */
export const embedBedrock: EmbedCodec = {
  write: request => familyOf(request.model).write(request),
  read: (answers, request) => familyOf(request.model).read(answers, request),
}

/** Amazon Titan: a text a request ("Amazon Titan Embeddings Text"). */
const titan: EmbedCodec = {
  write(request) {
    const dimensions = dimensionsOf(request)
    const { normalize } = request.body
    // The one that embeds images too has its own word for it ("Amazon Titan Multimodal Embeddings G1").
    const sized = request.model.includes('embed-image')
      ? { embeddingConfig: { outputEmbeddingLength: dimensions } }
      : { dimensions }
    return textsOf(request).map(inputText => ({
      path: invokePath(request.model),
      body: {
        inputText,
        ...(dimensions !== undefined && sized),
        ...(typeof normalize === 'boolean' && { normalize }),
      },
    }))
  },
  read: (answers, request) =>
    toEmbeddings(
      answers.map(({ value }) => value.embedding),
      request,
      sumTokens(answers.map(({ value }) => value.inputTextTokenCount)),
    ),
}

/** Cohere: up to 96 texts a request, and what they are for must be said ("Cohere Embed models"). */
const cohere: EmbedCodec = {
  write(request) {
    const dimensions = dimensionsOf(request)
    const { input_type: inputType, truncate } = request.body
    return inBatches(textsOf(request), 96).map(texts => ({
      path: invokePath(request.model),
      body: {
        texts,
        input_type: typeof inputType === 'string' ? inputType : 'search_document',
        embedding_types: ['float'],
        ...(typeof truncate === 'string' && { truncate }),
        ...(dimensions !== undefined && { output_dimension: dimensions }),
      },
    }))
  },
  read: (answers, request) =>
    toEmbeddings(
      answers.flatMap(readCohere),
      request,
      sumTokens(answers.map(({ headers }) => headers['x-amzn-bedrock-input-token-count'])),
    ),
}

/** By type where types were asked for; older models give the list alone. */
function readCohere({ value: { embeddings } }: WireAnswer): readonly unknown[] {
  const list = isObject(embeddings) ? embeddings.float : embeddings
  return Array.isArray(list) ? list : []
}

function familyOf(model: EmbedRequest['model']): EmbedCodec {
  if (model.includes('amazon.titan-embed')) return titan
  if (model.includes('cohere.embed')) return cohere
  const known = 'amazon.titan-embed-* and cohere.embed-*'
  throw new GatewayError(
    'REQUEST_INVALID',
    `Bedrock's model "${model.slice(0, 100)}" is not known to embed texts. Name one of ${known} as the "model" of the entry.`,
    { data: { param: 'model' } },
  )
}

function invokePath(model: string): string {
  return `/model/${encodeURIComponent(model)}/invoke`
}
