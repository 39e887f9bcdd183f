import { describe, expect, it } from 'vitest'
import type { Frame } from '../../../src/providers/codec.ts'
import { feedAwsFrames } from '../../../src/providers/wire/aws-frames.ts'
import { frameError, frameEvent, frameException } from '../../fakes/bedrock-frames.ts'
import { framesOf } from '../read-stream.ts'

const bytes = Buffer.concat([
  frameEvent({ messageStart: { role: 'assistant' } }),
  frameEvent({ contentBlockDelta: { contentBlockIndex: 0, delta: { text: 'grüß' } } }),
  frameException('throttlingException', 'slow'),
  frameError('InternalFailure', 'oops'),
])

describe('AWS event streams', () => {
  it.each([1, 3, 17, 10_000])('are read in pieces of %i bytes', async size => {
    const frames = await collect(framesOf(feedAwsFrames(), inPieces(bytes, size)))
    expect(frames).toEqual([
      { event: 'messageStart', data: '{"role":"assistant"}' },
      { event: 'contentBlockDelta', data: '{"contentBlockIndex":0,"delta":{"text":"grüß"}}' },
      { event: 'throttlingException', data: '{"message":"slow"}' },
      { event: 'error', data: '{"code":"InternalFailure","message":"oops"}' },
    ])
  })

  it('that end inside a message are an error', async () => {
    await expect(collect(framesOf(feedAwsFrames(), inPieces(bytes.subarray(0, -3), 50)))).rejects.toThrow(
      'inside a message',
    )
  })

  it('with a wrong checksum are an error', async () => {
    const wrong = Buffer.from(bytes)
    wrong.writeUInt8(wrong.readUInt8(60) ^ 1, 60)
    await expect(collect(framesOf(feedAwsFrames(), inPieces(wrong, 1e4)))).rejects.toThrow(/checksum/i)
  })

  it('that are none are an error', async () => {
    await expect(collect(framesOf(feedAwsFrames(), inPieces(Buffer.from('<html>hello</html>'), 5)))).rejects.toThrow(
      'no AWS',
    )
  })
})

async function* inPieces(whole: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size)
}

async function collect(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const all: Frame[] = []
  for await (const frame of frames) all.push(frame)
  return all
}
