import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitLines } from '../../src/core/split-lines.ts'

type Told = (string | { tooLong: string | number | undefined })[]

/** Feeds the bytes in pieces of the sizes given, the last size repeated, and returns all that was told. */
function feed(text: string | Buffer, sizes: readonly number[], maxBytes = 1_000): Told {
  const told: Told = []
  const consume = splitLines(maxBytes, {
    onLine: line => told.push(line),
    onTooLong: id => told.push({ tooLong: id }),
  })
  const bytes = Buffer.from(text)
  for (let from = 0, turn = 0; from < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[Math.min(turn, sizes.length - 1)] ?? 1)
    consume(bytes.subarray(from, from + size))
    from += size
  }
  return told
}

describe('splitLines', () => {
  it.each([
    ['lines lose their ends', 'a\nb\n', ['a', 'b']],
    ['empty lines are told', '\n\na\n', ['', '', 'a']],
    ['a last line without an end is not told', 'a\nb', ['a']],
    ['a character of several bytes survives a cut through it', 'grün🦊\n', ['grün🦊']],
    ['a line of exactly the limit is kept', `${'x'.repeat(1_000)}\n`, ['x'.repeat(1_000)]],
    ['a longer one is skipped and the next one read', `${'x'.repeat(1_001)}\nb\n`, [{ tooLong: undefined }, 'b']],
  ])('%s', (_, text, expected) => {
    for (const size of [1, 2, 3, 7, 999, 1_000, 1_001, 5_000]) expect(feed(text, [size])).toEqual(expected)
  })

  it('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 40 }).map(line => line.replaceAll('\n', ' '))),
        fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }),
        fc.integer({ min: 5, max: 60 }),
        (lines, sizes, maxBytes) => {
          const text = lines.map(line => `${line}\n`).join('')
          expect(feed(text, sizes, maxBytes)).toEqual(feed(text, [text.length * 4], maxBytes))
          const kept = feed(text, sizes, 1_000)
          expect(kept).toEqual(lines.map(line => Buffer.from(line).toString()))
        },
      ),
    )
  })

  it.each([
    ['a number at the start', '{"jsonrpc":"2.0","id":7,"result":{"a":"BULK"}}', 7],
    ['a string at the start', '{"id":"a-1","jsonrpc":"2.0","result":{"a":"BULK"}}', 'a-1'],
    ['one at the end', '{"jsonrpc":"2.0","result":{"a":"BULK"},"id":8}', 8],
    ['one before the version at the end', '{"result":{"a":"BULK"},"id":9,"jsonrpc":"2.0"}', 9],
    ['none that only looks like one, deep inside', '{"result":{"id":5,"a":"BULK"}}', undefined],
  ])('reads the id of a line that is too long: %s', (_, shape, id) => {
    const line = shape.replace('BULK', 'x'.repeat(5_000))
    for (const size of [1, 100, 1_024, 10_000])
      expect(feed(`${line}\nnext\n`, [size])).toEqual([{ tooLong: id }, 'next'])
  })
})
