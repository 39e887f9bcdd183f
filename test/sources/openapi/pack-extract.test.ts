import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../src/core/limits.ts'
import { extractDocument } from '../../../src/sources/openapi/extract-document.ts'
import { packExtract, unpackExtract } from '../../../src/sources/openapi/pack-extract.ts'
import { documentWithSchemes } from './secret-entry.ts'

const extract = extractDocument({ document: documentWithSchemes }, { hiddenHeaders: [] }, defaultLimits)

describe('an extract that was packed', () => {
  it('is the same when it is unpacked, wherever its bytes lie', () => {
    const packed = packExtract(extract)
    expect(unpackExtract(packed)).toEqual(extract)
    expect(unpackExtract(Buffer.concat([Buffer.from('123'), packed]).subarray(3))).toEqual(extract)
  })

  it('reads its calls once', () => {
    const unpacked = unpackExtract(packExtract(extract))
    expect(unpacked.calls.size).toBe(2)
    expect(unpacked.calls).toBe(unpacked.calls)
  })

  it.each([
    ['nothing', ''],
    ['too little', 'abc'],
    ['text', 'something else, and long enough'],
  ])('is refused when it is %s', (_, text) => {
    expect(() => unpackExtract(Buffer.from(text))).toThrow()
  })
})
