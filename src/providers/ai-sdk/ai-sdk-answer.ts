import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { TurnEvent } from '../../core/model.ts'
import { toCallInput } from '../boundary/call-input.ts'
import type { ReadContext } from '../codec.ts'
import { readToolCalls } from '../openai/tool-call-parts.ts'
import { toBrokenTurn } from '../wire/provider-error.ts'
import { toUsage } from './ai-sdk-usage.ts'
import type { ContentPart, Generated } from './language-model.ts'

/**
 * Reads a whole answer as the events of a turn: one delta, its calls, its finish.
 *
 * @throws GatewayError `PROVIDER_ERROR` for one that ended in an error
 */
export function fromGenerated(
  { content, finishReason, usage, response }: Generated,
  { model: name }: ReadContext,
): readonly TurnEvent[] {
  const word = wordOf(finishReason) ?? 'unknown'
  if (!ends.has(word) && word !== 'unknown') throw toBrokenTurn(name, `ended its answer with "${word.slice(0, 40)}"`)
  const joined = (type: string): string =>
    content.map(part => (part.type === type && typeof part.text === 'string' ? part.text : '')).join('')
  const [text, thoughts] = [joined('text'), joined('reasoning')]
  const delta = {
    ...(text !== '' && { content: text }),
    ...(thoughts !== '' && { reasoning_content: thoughts }),
  }
  const model = isObject(response) ? response.modelId : undefined
  return [
    ...(typeof model === 'string' && model !== '' ? [{ type: 'meta', model } as const] : []),
    ...(Object.keys(delta).length > 0 ? [{ type: 'delta', choice: 0, delta } as const] : []),
    ...content.flatMap(sayFile),
    ...endTurn(content, { finishReason, usage }),
  ]
}

/** An image or a file that the model made, as content parts of OpenAI's with data URIs. */
export function sayFile(part: ContentPart): readonly TurnEvent[] {
  if (part.type !== 'file') return []
  const mediaType = String(part.mediaType)
  const data = isObject(part.data) && !(part.data instanceof Uint8Array) ? part.data.data : part.data
  const bytes = data instanceof Uint8Array ? Buffer.from(data).toString('base64') : data
  if (typeof bytes !== 'string') return []
  const url = `data:${mediaType};base64,${bytes}`
  const delta = mediaType.startsWith('image/')
    ? { images: [{ type: 'image_url', image_url: { url } }] }
    : { files: [{ type: 'file', file: { file_data: url } }] }
  return [{ type: 'delta', choice: 0, delta }]
}

/** Ends after which an answer is complete; any other word, such as `error` or `interrupted`, tells of one that is not. */
const ends = new Set(['stop', 'tool-calls', 'length', 'content-filter', 'other'])

/**
 * The word that tells how a streamed answer ended; undefined for one that broke off. Packages begin with `other`, or
 * `unknown` in version 2, and say no more where the provider never told.
 */
export function readReason(finishReason: unknown): string | undefined {
  const word = wordOf(finishReason)
  const isUntold = word === 'other' && isObject(finishReason) && finishReason.raw === undefined
  return word !== undefined && ends.has(word) && !isUntold ? word : undefined
}

function wordOf(finishReason: unknown): string | undefined {
  const word = isObject(finishReason) ? finishReason.unified : finishReason
  return typeof word === 'string' ? word : undefined
}

/**
 * The last events of a turn: what it cost, its calls, and why it ended. An answer that was cut or filtered gives no calls:
 * the last may be half of one.
 *
 * @param content - the whole answer, for a later turn of the same package
 */
export function endTurn(
  content: readonly ContentPart[],
  { finishReason, usage }: Pick<Generated, 'finishReason' | 'usage'>,
): readonly TurnEvent[] {
  const word = wordOf(finishReason)
  const reason = word === 'length' ? 'length' : word === 'content-filter' ? 'content_filter' : undefined
  // What the provider runs itself is not for anyone else to run.
  const made = content.filter(part => part.type === 'tool-call' && part.providerExecuted !== true)
  const calls = reason === undefined ? readToolCalls(made.map(toCall)) : []
  const parts = content.flatMap(part => toPromptPart(part, reason === undefined))
  // Ids that had to be replaced are not the package's: its own parts would answer to others.
  const isReplayable = parts.length > 0 && calls.every(({ id }, index) => id === made[index]?.toolCallId)
  const told = toUsage(usage)
  return [
    ...(told === undefined ? [] : [{ type: 'meta', usage: told } as const]),
    ...(calls.length > 0 ? [{ type: 'tool_calls', choice: 0, calls } as const] : []),
    {
      type: 'finish',
      choice: 0,
      reason: reason ?? (calls.length > 0 ? 'tool_calls' : 'stop'),
      ...(isReplayable && { native: { wire: 'ai-sdk', value: { role: 'assistant', content: parts } } as const }),
    },
  ]
}

function toCall({ toolCallId, toolName, input }: ContentPart): JsonObject {
  const text = typeof input === 'string' ? input : JSON.stringify(input ?? {})
  return { id: toolCallId, type: 'function', function: { name: toolName, arguments: text.trim() || '{}' } }
}

/** A part of an answer as a part of a prompt: what the package says beside it comes back as its options. */
function toPromptPart(part: ContentPart, hasCalls: boolean): JsonObject[] {
  const { type, text, providerMetadata } = part
  const options = isObject(providerMetadata) ? { providerOptions: providerMetadata } : {}
  if (type === 'reasoning' || (type === 'text' && text !== '')) return [{ type, text, ...options }]
  if (type !== 'tool-call' || part.providerExecuted === true || !hasCalls) return []
  const { toolCallId, toolName, input } = part
  return [{ type, toolCallId, toolName, input: toCallInput(input), ...options }]
}
