import type { EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

/** Keeps the events of one session's streams, so that a client that lost one can have the rest (SEP-1699). */
export function keepEvents(): EventStore {
  const events: { id: string; stream: string; message: Parameters<EventStore['storeEvent']>[1] }[] = []
  return {
    async storeEvent(stream, message) {
      const id = String(events.length + 1)
      events.push({ id, stream, message })
      return id
    },
    async getStreamIdForEventId(id) {
      return events.find(event => event.id === id)?.stream
    },
    async replayEventsAfter(last, { send }) {
      const stream = events.find(({ id }) => id === last)?.stream ?? ''
      // A stream begins with an event that holds no message.
      for (const event of events.filter(each => each.stream === stream && Number(each.id) > Number(last)))
        if ('jsonrpc' in event.message) await send(event.id, event.message)
      return stream
    },
  }
}
