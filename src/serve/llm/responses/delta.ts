import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import type { Speech } from './speech.ts'

/**
 * Reads a delta of a chat message: what it makes a model say, in order.
 *
 * Thoughts come under several names, and within the content with Mistral; the first name is taken where there are several.
 */
export function toSpoken(delta: JsonObject, fields: JsonObject = {}): readonly ((speech: Speech) => void)[] {
  const { content, refusal, annotations, images, reasoning_content: thought, reasoning } = delta
  const spoken: ((speech: Speech) => void)[] = []
  const thinks = [thought, reasoning].find(isText)
  if (thinks !== undefined) spoken.push(speech => speech.think(thinks))
  for (const { type, text } of partsOf(content)) {
    if (type === 'thinking') spoken.push(speech => speech.think(text))
    else spoken.push(speech => speech.say(text, logprobsOf(fields)))
  }
  if (isText(refusal)) spoken.push(speech => speech.refuse(refusal))
  const sources = Array.isArray(annotations) ? annotations.filter(isObject).flatMap(toAnnotation) : []
  if (sources.length > 0) spoken.push(speech => speech.annotate(sources))
  for (const data of Array.isArray(images) ? images.flatMap(toImage) : []) spoken.push(speech => speech.show(data))
  return spoken
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

type SpokenPart = Readonly<{ type: 'text' | 'thinking'; text: string }>

function partsOf(content: unknown): readonly SpokenPart[] {
  if (isText(content)) return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return []
  return content.filter(isObject).flatMap((part): readonly SpokenPart[] => {
    if (part.type === 'thinking') return partsOf(part.thinking).map(({ text }) => ({ type: 'thinking', text }))
    return isText(part.text) ? [{ type: 'text', text: part.text }] : []
  })
}

function logprobsOf({ logprobs }: JsonObject): readonly JsonObject[] {
  const content = isObject(logprobs) ? logprobs.content : undefined
  return Array.isArray(content) ? content.filter(isObject) : []
}

/** The base64 of an image that is told as a data URI. */
function toImage(part: unknown): readonly string[] {
  const { url } = isObject(part) && isObject(part.image_url) ? part.image_url : {}
  const [, data] = typeof url === 'string' ? (/^data:[^,]*;base64,(.+)$/s.exec(url) ?? []) : []
  return data === undefined ? [] : [data]
}

/** Chat nests what this API has flat. Other kinds of sources are not of chat. */
function toAnnotation({ type, url_citation: cited }: JsonObject): readonly JsonObject[] {
  return type === 'url_citation' && isObject(cited) ? [{ type, ...cited }] : []
}
