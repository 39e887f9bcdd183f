import type { Embeddings, EmbedOptions, EmbedRequest } from '../../core/embeddings.ts'
import type { GatewayError } from '../../core/errors.ts'
import type { EmbedCodec, WireAnswer, WireRequest } from '../codec.ts'
import { parseAnswer } from './parse-answer.ts'
import type { Redact } from './provider-error.ts'
import { toBrokenTurn } from './provider-error.ts'
import type { Sender } from './sender.ts'
import { explainBreak } from './sender.ts'

/** Batches of one request that are asked for at once. */
const maxAtOnce = 4

/** What embeds: how it is written, and how it is sent. `model` is the name for errors. */
export type Embedder = Readonly<{ sender: Sender; codec: EmbedCodec; model: string; redact: Redact }>

/**
 * Embeds over HTTP, in as many requests as the wire needs. The first that fails ends the others.
 *
 * @throws GatewayError `PROVIDER_ERROR`, and what the codec throws
 */
export async function embedOver(
  embedder: Embedder,
  request: EmbedRequest,
  { signal, maxAnswerBytes }: EmbedOptions,
): Promise<Embeddings> {
  const { codec, model } = embedder
  const batches = codec.write(request)
  const answers: WireAnswer[] = []
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  let length = 0
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < batches.length; at = next++) {
      const answer = await ask(embedder, batches[at] as WireRequest, { signal: either, maxAnswerBytes })
      length += answer.text.length
      if (length > maxAnswerBytes) throw tooLarge(model, maxAnswerBytes)
      answers[at] = answer
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(maxAtOnce, batches.length) }, work))
  } finally {
    failed.abort()
  }
  const embeddings = codec.read(answers, request)
  if (embeddings === undefined) throw toBrokenTurn(model, 'sent an answer without embeddings')
  return embeddings
}

async function ask(
  { sender, model, redact }: Embedder,
  written: WireRequest,
  { signal, maxAnswerBytes }: EmbedOptions,
): Promise<WireAnswer> {
  const { body, headers } = await sender.send(written, signal)
  try {
    const text = await readText(body, maxAnswerBytes)
    if (text === undefined) throw tooLarge(model, maxAnswerBytes)
    return { text, value: parseAnswer(model, text, redact), headers }
  } catch (cause) {
    body.on('error', () => {}).destroy()
    throw explainBreak(model, cause, { signal, hasBegun: true })
  }
}

/** The whole text of a body; undefined where it is larger. */
async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(model: string, maxBytes: number): GatewayError {
  const remedy = 'Embed less at once, ask for base64 or fewer dimensions, or raise limits.maxEmbeddingsBytes'
  return toBrokenTurn(model, `sent embeddings of more than ${maxBytes} bytes. ${remedy}`)
}
