import type { Frame } from '../codec.ts'

/** The prelude's length, its checksum, and the checksum at the end: no message is shorter. */
const minMessageBytes = 16

/** What AWS allows for the payload and the headers of one message, with room for the lengths around them. */
const maxMessageBytes = 24 * 1_024 * 1_024 + 131_072

/**
 * Reads an `application/vnd.amazon.eventstream` body. Checksums are verified.
 *
 * An event comes under its `:event-type`, an exception under its `:exception-type` (it ends in `Exception`), and an error
 * outside the service's model as `error`, its data `{code, message}`.
 *
 * @param maxBytes - of the whole body
 * @throws RangeError past `maxBytes`; Error for a body that is no event stream, or that ends inside a message; whatever the
 *   body throws when it is cut
 */
export async function* readAwsFrames(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Frame> {
  // Loaded at the first use: most gateways never talk to AWS.
  const { EventStreamCodec } = await import('@smithy/core/event-streams')
  const codec = new EventStreamCodec(toUtf8, fromUtf8)
  let pieces: Uint8Array[] = []
  let held = 0
  let size = 0
  let wanted = 4
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`)
    pieces.push(chunk)
    held += chunk.byteLength
    // A long message comes in many chunks; they are joined when it is whole.
    if (held < wanted) continue
    let rest = Buffer.concat(pieces)
    for (wanted = nextLength(rest); rest.byteLength >= wanted; wanted = nextLength(rest)) {
      yield toFrame(codec.decode(rest.subarray(0, wanted)))
      rest = rest.subarray(wanted)
    }
    pieces = [rest]
    held = rest.byteLength
  }
  if (held > 0) throw new Error('the event stream ends inside a message')
}

/** The length of the message that begins here, or of the length itself where that has not come yet. */
function nextLength(bytes: Buffer): number {
  if (bytes.byteLength < 4) return 4
  const length = bytes.readUInt32BE(0)
  if (length < minMessageBytes || length > maxMessageBytes) throw new Error('the answer is no AWS event stream')
  return length
}

type Decoded = Readonly<{ headers: Readonly<Record<string, Readonly<{ value: unknown }>>>; body: Uint8Array }>

function toFrame({ headers, body }: Decoded): Frame {
  const header = (name: string): string => String(headers[name]?.value ?? '')
  switch (header(':message-type')) {
    case 'exception':
      return { event: header(':exception-type') || 'unknownException', data: toUtf8(body) }
    case 'error': {
      const data = { code: header(':error-code'), message: header(':error-message') }
      return { event: 'error', data: JSON.stringify(data) }
    }
    default:
      return { event: header(':event-type'), data: toUtf8(body) }
  }
}

function toUtf8(bytes: Uint8Array | string): string {
  return typeof bytes === 'string'
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function fromUtf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}
