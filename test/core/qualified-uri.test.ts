import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { qualifyUri, splitQualified } from '../../src/core/qualified-uri.ts'

describe('a qualified URI', () => {
  it.each([
    ['file:///a', 'patchbay://notes/file:///a'],
    ['test://template/{id}/data', 'patchbay://notes/test://template/{id}/data'],
    ['ui://weather/view.html', 'ui://patchbay.notes/weather/view.html'],
    ['patchbay://inner/file:///a', 'patchbay://notes/patchbay://inner/file:///a'],
  ])('of %s is %s', (uri, qualified) => {
    expect(qualifyUri('notes', uri)).toBe(qualified)
  })

  it('is taken apart again, whatever it is', () => {
    const prefix = fc.stringMatching(/^[A-Za-z0-9_-]{1,24}$/)
    fc.assert(
      fc.property(prefix, fc.oneof(fc.string(), fc.webUrl(), fc.constant('ui://a/b')), (name, uri) => {
        expect(splitQualified(qualifyUri(name, uri))).toEqual({ prefix: name, uri })
      }),
    )
  })

  it.each(['file:///a', 'ui://weather/x', 'patchbay:notes', 'patchbay://', 'patchbay://no prefix/x', ''])(
    'is not %j',
    uri => {
      expect(splitQualified(uri)).toBeUndefined()
    },
  )
})
