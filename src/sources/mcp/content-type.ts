type Head = Readonly<Record<string, string | string[] | undefined>>

/** Tells of the headers of an answer that its body is a stream of events. */
export function isEventStream(head: Head): boolean {
  return String(head['content-type'] ?? '').startsWith('text/event-stream')
}

/** Tells of the headers of an answer that its body is JSON. */
export function isJson(head: Head): boolean {
  return /^application\/([\w.-]+\+)?json\b/i.test(String(head['content-type'] ?? ''))
}
