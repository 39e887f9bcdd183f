import type { JsonObject } from '../../../core/json.ts'
import type { Output, Place } from './output.ts'

/** What a model says, as items: its thoughts as reasoning, its texts as messages. */
export type Speech = Readonly<{
  think(text: string): void
  say(text: string, logprobs?: readonly JsonObject[]): void
  refuse(text: string): void
  /** An image that the model made, as base64. */
  show(data: string): void
  /** Sources of what was said last. */
  annotate(annotations: readonly JsonObject[]): void
  /**
   * Ends the items of a turn.
   *
   * @returns the item that stands for the turn, the one that carries it if any does; undefined for one that said nothing
   */
  endTurn(end: TurnEnd): string | undefined
}>

/** How a turn ended, and the turn itself, `sealed`, for its reasoning item to carry: one that says nothing, where calls follow. */
export type TurnEnd = Readonly<{ status: 'completed' | 'incomplete'; hasCalls: boolean; sealed?: string }>

type Part = {
  readonly type: 'output_text' | 'refusal'
  text: string
  annotations: JsonObject[]
  logprobs: JsonObject[]
}
type Message = { readonly place: Place; readonly parts: Part[] }
type Thought = { readonly place: Place; text: string; isOpen: boolean }

/**
 * Tells what a model says as it says it.
 *
 * The first reasoning of a turn ends with the turn, since only then is it known what has to be replayed; its text ends before
 * anything else begins.
 */
export function createSpeech(output: Output): Speech {
  let message: Message | undefined
  let thought: Thought | undefined
  let first: Thought | undefined
  let standsFor: string | undefined

  const endThought = (): void => {
    if (thought?.isOpen !== true) return
    thought.isOpen = false
    const { place, text } = thought
    output.tell('response.reasoning_summary_text.done', place, { summary_index: 0, text })
    output.tell('response.reasoning_summary_part.done', place, {
      summary_index: 0,
      part: { type: 'summary_text', text },
    })
    if (thought !== first) output.end(place, toReasoning(text))
  }
  const endPart = (): void => {
    const part = message?.parts.at(-1)
    if (message === undefined || part === undefined) return
    const { place } = message
    const at = { content_index: message.parts.length - 1 }
    if (part.type === 'refusal') output.tell('response.refusal.done', place, { ...at, refusal: part.text })
    else output.tell('response.output_text.done', place, { ...at, text: part.text, logprobs: part.logprobs })
    output.tell('response.content_part.done', place, { ...at, part: toPart(part) })
  }
  const endMessage = (status: TurnEnd['status'] = 'completed'): void => {
    if (message === undefined) return
    endPart()
    output.end(message.place, { ...toMessage(status), content: message.parts.map(toPart) })
    message = undefined
  }
  /** The part of that type that is being said; begun where another was. */
  const partOf = (type: Part['type']): { place: Place; part: Part; at: JsonObject } => {
    endThought()
    message ??= { place: output.begin('msg', { ...toMessage('in_progress'), content: [] }), parts: [] }
    const { place, parts } = message
    standsFor ??= place.id
    let part = parts.at(-1)
    if (part?.type !== type) {
      endPart()
      part = { type, text: '', annotations: [], logprobs: [] }
      parts.push(part)
      output.tell('response.content_part.added', place, { content_index: parts.length - 1, part: toPart(part) })
    }
    return { place, part, at: { content_index: parts.length - 1 } }
  }

  return {
    think(text) {
      if (thought?.isOpen !== true) {
        endMessage()
        thought = { place: output.begin('rs', toReasoning()), text: '', isOpen: true }
        first ??= thought
        const part = { type: 'summary_text', text: '' }
        output.tell('response.reasoning_summary_part.added', thought.place, { summary_index: 0, part })
      }
      thought.text += text
      output.tell('response.reasoning_summary_text.delta', thought.place, { summary_index: 0, delta: text })
    },
    say(text, logprobs = []) {
      const { place, part, at } = partOf('output_text')
      part.text += text
      part.logprobs.push(...logprobs)
      output.tell('response.output_text.delta', place, { ...at, delta: text, logprobs })
    },
    refuse(text) {
      const { place, part, at } = partOf('refusal')
      part.text += text
      output.tell('response.refusal.delta', place, { ...at, delta: text })
    },
    show(data) {
      endThought()
      endMessage()
      const item = { type: 'image_generation_call' }
      const place = output.begin('ig', { ...item, status: 'in_progress', result: null })
      output.tell('response.image_generation_call.in_progress', place)
      output.tell('response.image_generation_call.completed', place)
      output.end(place, { ...item, status: 'completed', result: data })
    },
    annotate(annotations) {
      const { place, part, at } = partOf('output_text')
      for (const annotation of annotations) {
        const index = part.annotations.push(annotation) - 1
        output.tell('response.output_text.annotation.added', place, { ...at, annotation_index: index, annotation })
      }
    },
    endTurn({ status, hasCalls, sealed }) {
      endThought()
      endMessage(status)
      let bearer = first?.place.id ?? standsFor
      if (first !== undefined) output.end(first.place, toReasoning(first.text, sealed))
      else if (sealed !== undefined && hasCalls) {
        const place = output.begin('rs', toReasoning())
        output.end(place, toReasoning('', sealed))
        bearer = place.id
      }
      thought = undefined
      first = undefined
      standsFor = undefined
      return bearer
    },
  }
}

function toMessage(status: string): JsonObject {
  return { type: 'message', status, role: 'assistant' }
}

function toReasoning(text = '', sealed?: string): JsonObject {
  const summary = text === '' ? [] : [{ type: 'summary_text', text }]
  return { type: 'reasoning', summary, ...(sealed !== undefined && { encrypted_content: sealed }) }
}

function toPart({ type, text, annotations, logprobs }: Part): JsonObject {
  return type === 'refusal'
    ? { type, refusal: text }
    : { type, text, annotations: [...annotations], logprobs: [...logprobs] }
}
