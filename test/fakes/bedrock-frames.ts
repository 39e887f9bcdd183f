import { EventStreamCodec } from '@smithy/core/event-streams'

const codec = new EventStreamCodec(
  bytes => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  text => Buffer.from(text, 'utf8'),
)

/** One event of `converse-stream` as it goes over the wire, such as `{ messageStop: { stopReason: 'end_turn' } }`. */
export function frameEvent(event: object): Uint8Array {
  const [[name, payload] = ['', {}]] = Object.entries(event)
  return frame({ ':message-type': 'event', ':event-type': name }, payload)
}

/** An exception inside a stream, such as `throttlingException`. */
export function frameException(name: string, message: string): Uint8Array {
  return frame({ ':message-type': 'exception', ':exception-type': name }, { message })
}

/** An error outside the service's model. */
export function frameError(code: string, message: string): Uint8Array {
  return frame({ ':message-type': 'error', ':error-code': code, ':error-message': message }, undefined)
}

function frame(headers: Record<string, string>, payload: unknown): Uint8Array {
  const typed = Object.entries({ ...headers, ':content-type': 'application/json' })
  return codec.encode({
    headers: Object.fromEntries(typed.map(([name, value]) => [name, { type: 'string' as const, value }])),
    body: Buffer.from(payload === undefined ? '' : JSON.stringify(payload)),
  })
}
