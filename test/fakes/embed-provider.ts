import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { hasFixtures, openAiSchema } from '../providers/recorded-fixtures.ts'
import { readBody, scriptOf, serveFake } from './scripted-server.ts'

type Content = Readonly<{ parts: readonly [Readonly<{ text: string }>] }>

/** A body of any of the wires, with the fields that the fake reads; tests look at others too. */
export type EmbedBody = Readonly<{
  /** OpenAI. */
  input?: unknown
  encoding_format?: string
  /** The Gemini API, and Vertex's `:embedContent`. */
  requests?: readonly Readonly<{ model: string; content: Content; [field: string]: unknown }>[]
  content?: Content
  /** Vertex's `:predict`. */
  instances?: readonly Readonly<{ content: string; [field: string]: unknown }>[]
  /** Titan. */
  inputText?: string
  /** Cohere. */
  texts?: readonly string[]
  input_type?: unknown
  [field: string]: unknown
}>

/** What the fake was sent. */
export type EmbedReceived = Readonly<{
  path: string
  headers: IncomingHttpHeaders
  body: EmbedBody
}>

/** Answers one request in place of the fake. */
export type EmbedReply = (response: ServerResponse) => void

/** A running fake. */
export type FakeEmbedder = Readonly<{
  /** For `baseUrl`. */
  url: string
  received: readonly EmbedReceived[]
  close: () => Promise<void>
}>

/** The vector of a text: how long it is, and two numbers that 32 bits hold exactly. */
export function vectorOf(text: string): number[] {
  return [text.length, 0.5, -0.25]
}

/**
 * Starts a server on a free port that embeds as OpenAI, the Gemini API, Vertex or Bedrock, by the path that is asked. It
 * refuses bodies that the real one refuses; OpenAI's are checked by its own description where that is present.
 *
 * @param replies - answer the first requests; the fake answers those that follow
 */
export async function startFakeEmbedder(...replies: EmbedReply[]): Promise<FakeEmbedder> {
  const received: EmbedReceived[] = []
  const script = scriptOf<EmbedReply>([...replies, response => void response])
  const { origin, close } = await serveFake(async (request, response) => {
    const seen = { path: request.url ?? '', headers: request.headers, body: JSON.parse(await readBody(request)) }
    received.push(seen)
    script.next()?.(response)
    if (response.headersSent) return
    const [status, value, headers = {}] = answer(seen)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(value))
  })
  return { url: origin, received, close }
}

/** Answers with a status and an error. */
export function refusesWith(status: number, error: object, headers: Record<string, string> = {}): EmbedReply {
  return response => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ error }))
  }
}

type Answered = readonly [status: number, value: object, headers?: Record<string, string>]

function answer({ path: target, body }: EmbedReceived): Answered {
  const [path = ''] = target.split('?')
  if (path.endsWith('/embeddings')) return answerOpenAi(body)
  if (path.endsWith(':batchEmbedContents')) return answerGemini(path, body)
  if (path.endsWith(':predict')) return answerVertex(path, body)
  if (path.endsWith(':embedContent')) {
    const text = body.content?.parts[0].text ?? ''
    return [200, { embedding: { values: vectorOf(text) }, usageMetadata: { promptTokenCount: 2 } }]
  }
  if (/titan-embed.*\/invoke$/.test(path)) {
    const known = ['inputText', 'dimensions', 'normalize', 'embeddingTypes']
    if (Object.keys(body).some(key => !known.includes(key)))
      return [400, { message: 'extraneous key is not permitted' }]
    return [200, { embedding: vectorOf(body.inputText ?? ''), inputTextTokenCount: 2 }]
  }
  if (/cohere\.embed.*\/invoke$/.test(path)) return answerCohere(body)
  return [404, { error: { message: `No such path: ${path}` } }]
}

function answerOpenAi(body: EmbedBody): Answered {
  if (hasFixtures) {
    const check = openAiSchema('CreateEmbeddingRequest')
    if (!check(body)) return [400, { error: { message: JSON.stringify(check.errors), type: 'invalid_request_error' } }]
  }
  const inputs: unknown[] = Array.isArray(body.input) && typeof body.input[0] !== 'number' ? body.input : [body.input]
  const data = inputs.map((input, index) => {
    const vector = vectorOf(String(input))
    const embedding = body.encoding_format === 'base64' ? toBase64(vector) : vector
    return { object: 'embedding', index, embedding }
  })
  const tokens = inputs.length * 2
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  return [200, { object: 'list', data, model: 'text-embedding-3-small-real', usage, service_note: 'kept' }]
}

function answerGemini(path: string, { requests = [] }: EmbedBody): Answered {
  const model = /\/(models\/[^:/]+):/.exec(path)?.[1]
  if (requests.length > 100) return [400, { error: { code: 400, message: 'at most 100 requests can be in one batch' } }]
  if (requests.some(each => each.model !== model)) return [400, { error: { code: 400, message: 'model differs' } }]
  return [200, { embeddings: requests.map(each => ({ values: vectorOf(each.content.parts[0].text) })) }]
}

function answerVertex(path: string, { instances = [] }: EmbedBody): Answered {
  if (path.includes('gemini-embedding-001') && instances.length > 1)
    return [400, { error: { code: 400, message: 'one instance per request' } }]
  const predictions = instances.map(({ content }) => ({
    embeddings: { values: vectorOf(content), statistics: { token_count: 2, truncated: false } },
  }))
  return [200, { predictions }]
}

function answerCohere({ texts = [], input_type: type }: EmbedBody): Answered {
  if (texts.length > 96) return [400, { message: 'texts: expected at most 96' }]
  if (typeof type !== 'string') return [400, { message: 'input_type is required' }]
  const embeddings = { float: texts.map(vectorOf) }
  const headers = { 'x-amzn-bedrock-input-token-count': String(texts.length * 2) }
  return [200, { id: 'e', response_type: 'embeddings_by_type', embeddings, texts }, headers]
}

function toBase64(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64')
}
