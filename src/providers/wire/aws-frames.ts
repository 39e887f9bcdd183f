import type { Frame } from '../codec.ts'
import type { FrameFeed } from './frame-feed.ts'

/** The prelude's length, its checksum, and the checksum at the end: no message is shorter. */
const minMessageBytes = 16

/** What AWS allows for the payload and the headers of one message, with room for the lengths around them. */
const maxMessageBytes = 24 * 1_024 * 1_024 + 131_072

/**
 * Takes messages out of an `application/vnd.amazon.eventstream` body. Checksums are verified.
 *
 * An event comes under its `:event-type`, an exception under its `:exception-type` (it ends in `Exception`), and an error
 * outside the service's model as `error`, its data `{code, message}`. `feed` throws an Error for what is no event stream.
 */
export async function feedAwsFrames(): Promise<FrameFeed> {
  // Loaded at the first use: most gateways never talk to AWS.
  const { EventStreamCodec } = await import('@smithy/core/event-streams')
  const codec = new EventStreamCodec(toUtf8, fromUtf8)
  let pieces: Uint8Array[] = []
  let held = 0
  let wanted = 4
  let broken: unknown
  return {
    feed(bytes) {
      if (broken !== undefined) throw broken
      pieces.push(bytes)
      held += bytes.byteLength
      // A long message comes in many chunks; they are joined when it is whole.
      if (held < wanted) return []
      const frames: Frame[] = []
      let rest = Buffer.concat(pieces)
      try {
        for (wanted = nextLength(rest); rest.byteLength >= wanted; wanted = nextLength(rest)) {
          frames.push(toFrame(codec.decode(rest.subarray(0, wanted))))
          rest = rest.subarray(wanted)
        }
      } catch (thrown) {
        if (frames.length === 0) throw thrown
        broken = thrown
      }
      pieces = [rest]
      held = rest.byteLength
      return frames
    },
    end() {
      if (broken !== undefined) throw broken
      if (held > 0) throw new Error('the event stream ends inside a message')
      return []
    },
  }
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
