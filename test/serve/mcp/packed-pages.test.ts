import { gunzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { spliceGzip } from '../../../src/serve/mcp/gzip-splice.ts'
import { packedFor } from '../../../src/serve/mcp/packed-pages.ts'

const pageOf = (length: number): Buffer => Buffer.from(`{"tools":["${'x'.repeat(length)}"]}`)

async function packedAtLast(page: Buffer, accepts: string) {
  return vi.waitFor(() => {
    const packed = packedFor(page, accepts)
    expect(packed).toBeDefined()
    return packed as NonNullable<typeof packed>
  })
}

describe('a page of a list', () => {
  it('is packed from its second client on, and is the same for who unpacks it', async () => {
    const page = pageOf(100_000)
    expect(packedFor(page, 'gzip')).toBeUndefined()
    expect(packedFor(page, 'gzip')).toBeUndefined()
    const packed = await packedAtLast(page, 'gzip')
    const text = gunzipSync(Buffer.concat(spliceGzip(['{"id":1,"result":', page, '}'], packed))).toString()
    expect(text).toBe(`{"id":1,"result":${page}}`)
  })

  it.each(['gzip', 'GZIP;q=0.5, br', 'br, gzip', '*', 'x-gzip', 'identity;q=0, *;q=1'])(
    'goes packed to who accepts %j',
    async accepts => {
      expect(await packedAtLast(pageOf(50_000), accepts)).toBeDefined()
    },
  )

  it.each([undefined, '', 'br', 'identity', 'gzip;q=0', 'gzip; q=0.0, *', '*;q=0', 'gzipped'])(
    'goes as it is to who accepts %j',
    async accepts => {
      const page = pageOf(50_000)
      await packedAtLast(page, 'gzip')
      expect(packedFor(page, accepts)).toBeUndefined()
    },
  )

  it('goes as it is when it is short', async () => {
    const page = pageOf(1_000)
    for (let asked = 0; asked < 5; asked += 1) expect(packedFor(page, 'gzip')).toBeUndefined()
  })
})
