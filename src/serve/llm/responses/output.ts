import type { JsonObject } from '../../../core/json.ts'
import { toItemId } from './item-ids.ts'

/** An item that has begun: its id is the same in all that is told of it. */
export type Place = Readonly<{ id: string; index: number }>

/**
 * The items of one answer as they come to be, and the events that tell of them: one count of events and one of items, from
 * the first turn to the last.
 */
export type Output = Readonly<{
  /** Begins the next item and tells so. */
  begin(prefix: string, item: JsonObject, callId?: string): Place
  /** Tells an event of an item. */
  tell(type: string, place: Place, fields?: JsonObject): void
  /** Ends an item: this is what it has become. */
  end(place: Place, item: JsonObject): void
  /** Tells an event of the answer itself. */
  announce(type: string, response: JsonObject): void
  /** The events since the last time, in order. */
  take(): readonly JsonObject[]
  /** Every item as it is now; one that has not ended as it had begun. */
  items(): readonly JsonObject[]
}>

/** Begins an answer that has no items yet. */
export function createOutput(responseId: string): Output {
  const items: JsonObject[] = []
  let events: JsonObject[] = []
  let count = 0
  const push = (type: string, fields: JsonObject): void => {
    events.push({ type, sequence_number: count, ...fields })
    count += 1
  }
  return {
    begin(prefix, item, callId) {
      const place = { id: toItemId(responseId, prefix, items.length, callId), index: items.length }
      const begun = { id: place.id, ...item }
      items.push('status' in item ? { ...begun, status: 'incomplete' } : begun)
      push('response.output_item.added', { output_index: place.index, item: begun })
      return place
    },
    tell: (type, { id, index }, fields = {}) => push(type, { item_id: id, output_index: index, ...fields }),
    end(place, item) {
      const ended = { id: place.id, ...item }
      items[place.index] = ended
      push('response.output_item.done', { output_index: place.index, item: ended })
    },
    announce: (type, response) => push(type, { response }),
    take() {
      const told = events
      events = []
      return told
    },
    items: () => items,
  }
}
