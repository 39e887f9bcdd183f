import { EventSourceParserStream } from 'eventsource-parser/stream'

/** The stream of a session over HTTP+SSE. */
export type SseStream = Readonly<{
  /** Where its client sends, as a whole URL. */
  endpoint: string
  /** The text of the answer to the request with this id; what comes before it is dropped. @throws when the stream ends */
  answerTo(id: string | number): Promise<string>
  /** Without a word. */
  leave(): void
}>

/** Opens a session. @throws when it is refused, and DOMException once `signal` has aborted */
export async function openSse(url: string, signal: AbortSignal): Promise<SseStream> {
  const leaving = new AbortController()
  const answer = await fetch(url, { signal: AbortSignal.any([signal, leaving.signal]) })
  const events = answer.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  const next = async (): Promise<string> => {
    const { value } = (await events?.read()) ?? {}
    if (value === undefined) throw new Error(`The stream of ${url} has ended (HTTP ${answer.status}).`)
    return value.data
  }
  return {
    endpoint: new URL(await next(), url).href,
    async answerTo(id) {
      for (;;) {
        const text = await next()
        if (text.includes(`"id":${JSON.stringify(id)},`)) return text
      }
    },
    leave: () => leaving.abort(),
  }
}
