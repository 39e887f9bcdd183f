import { crc32, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packBody, spliceGzip } from '../../../src/serve/mcp/gzip-splice.ts'
import { joinCrc32 } from '../../../src/serve/mcp/join-crc32.ts'

const bytes = fc.uint8Array({ maxLength: 5_000 }).map(array => Buffer.from(array))

describe('a body that was compressed once', () => {
  it('is one gzip member with whatever is put around it', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, bytes, bytes, async (head, body, tail) => {
        const packed = await packBody(body)
        const pieces = spliceGzip([head, '', tail], packed)
        expect(gunzipSync(Buffer.concat(pieces)).equals(Buffer.concat([head, body, tail]))).toBe(true)
      }),
    )
  })

  it.each([0, 1, 65_535, 65_536, 200_000])('also with %d bytes around it', async length => {
    const around = Buffer.alloc(length, 'a')
    const body = Buffer.from('{"tools":[]}'.repeat(100_000))
    const pieces = spliceGzip([around, '', around], await packBody(body))
    expect(gunzipSync(Buffer.concat(pieces)).equals(Buffer.concat([around, body, around]))).toBe(true)
    expect(pieces[1]?.length).toBeLessThan(body.length / 50)
  })
})

describe('the CRC-32 of two texts', () => {
  it('follows from those of each', () => {
    fc.assert(
      fc.property(bytes, bytes, (first, second) => {
        const both = crc32(Buffer.concat([first, second]))
        expect(joinCrc32(crc32(first), crc32(second), second.length)).toBe(both)
      }),
    )
  })
})
