import { expect, it } from 'vitest'
import { keepPages } from '../../../src/serve/mcp/kept-pages.ts'

const page = Buffer.alloc(10)

it.each<[string, readonly (readonly [view: 0 | 1, key: string])[], readonly string[]]>([
  [
    'what there is room for',
    [
      [0, 'a'],
      [0, 'b'],
      [1, 'a'],
    ],
    ['0 a', '0 b', '1 a'],
  ],
  [
    'no more of one view than it may have',
    [
      [0, 'a'],
      [0, 'b'],
      [0, 'c'],
    ],
    ['0 a', '0 b'],
  ],
  [
    'what came last, of all views together',
    [
      [0, 'a'],
      [0, 'b'],
      [1, 'a'],
      [1, 'b'],
    ],
    ['0 b', '1 a', '1 b'],
  ],
  [
    'a page once',
    [
      [0, 'a'],
      [0, 'a'],
      [0, 'a'],
      [1, 'a'],
      [1, 'b'],
    ],
    ['0 a', '1 a', '1 b'],
  ],
])('keeps %s', (_, given, kept) => {
  const pages = keepPages({ maxBytesOfView: 20, maxBytes: 30 })
  const views = [{}, {}] as const
  for (const [view, key] of given) pages.keep(views[view], key, page)
  const all = ([0, 1] as const).flatMap(view =>
    ['a', 'b', 'c'].filter(key => pages.find(views[view], key) !== undefined).map(key => `${view} ${key}`),
  )
  expect(all).toEqual(kept)
})

it('keeps no page that is larger than all may be together, and lets none go for it', () => {
  const pages = keepPages({ maxBytesOfView: 100, maxBytes: 30 })
  const view = {}
  pages.keep(view, 'a', page)
  pages.keep({}, 'b', Buffer.alloc(31))
  expect(pages.find(view, 'a')).toBe(page)
})
