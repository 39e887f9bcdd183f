import { describe, expect, it } from 'vitest'
import { isFunctionCall } from '../../../src/core/model.ts'
import { collectToolCalls, readToolCalls } from '../../../src/providers/openai/tool-call-parts.ts'

const part = (index: number | undefined, id: string | undefined, name?: string, args?: unknown) => ({
  ...(index !== undefined && { index }),
  ...(id !== undefined && { id }),
  function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
})

const read = (pieces: object[]): [string, string][] => {
  const parts = collectToolCalls()
  for (const piece of pieces) parts.add([piece])
  return parts.calls().flatMap(call => (isFunctionCall(call) ? [[call.function.name, call.function.arguments]] : []))
}

describe('collectToolCalls', () => {
  it.each<[string, object[], [string, string][]]>([
    [
      'by the book: pieces by index, woven into each other',
      [
        part(0, 'a', 'f', ''),
        part(1, 'b', 'g', ''),
        part(0, undefined, undefined, '{"x"'),
        part(1, undefined, undefined, '{}'),
        part(0, undefined, undefined, ':1}'),
      ],
      [
        ['f', '{"x":1}'],
        ['g', '{}'],
      ],
    ],
    [
      'no index, whole calls',
      [part(undefined, 'a', 'f', '{}'), part(undefined, 'b', 'f', '{"y":2}')],
      [
        ['f', '{}'],
        ['f', '{"y":2}'],
      ],
    ],
    [
      'no index, in pieces',
      [
        part(undefined, 'a', 'f', '{"x"'),
        part(undefined, undefined, undefined, ':1}'),
        part(undefined, 'b', 'g', '{}'),
      ],
      [
        ['f', '{"x":1}'],
        ['g', '{}'],
      ],
    ],
    [
      'index 0 on every call',
      [part(0, 'a', 'f', '{"x":1}'), part(0, 'b', 'g', '{"y":2}')],
      [
        ['f', '{"x":1}'],
        ['g', '{"y":2}'],
      ],
    ],
    [
      'index 0 and no id',
      [part(0, undefined, 'f', '{"x":1}'), part(0, '', 'f', '{"x":2}')],
      [
        ['f', '{"x":1}'],
        ['f', '{"x":2}'],
      ],
    ],
    [
      'neither index nor id',
      [part(undefined, undefined, 'f', '{}'), part(undefined, undefined, 'g', '{}')],
      [
        ['f', '{}'],
        ['g', '{}'],
      ],
    ],
    ['the name in every piece', [part(0, 'a', 'f', '{"x"'), part(0, 'a', 'f', ':1}')], [['f', '{"x":1}']]],
    [
      'the name in every piece, without id',
      [part(0, undefined, 'f', '{"x"'), part(0, undefined, 'f', ':1}')],
      [['f', '{"x":1}']],
    ],
    ['an empty name in later pieces', [part(0, 'a', 'f', ''), part(0, undefined, '', '{}')], [['f', '{}']]],
    [
      'arguments before the name',
      [part(0, 'a', undefined, '{"x"'), part(0, undefined, 'f', ''), part(0, undefined, undefined, ':1}')],
      [['f', '{"x":1}']],
    ],
    [
      'an id that changes from piece to piece',
      [part(0, 'a', 'f', '{"x"'), part(0, 'b', undefined, ':1}')],
      [['f', '{"x":1}']],
    ],
    [
      'one id for two calls',
      [part(0, 'a', 'f', '{"x":1}'), part(0, 'a', 'g', '{}')],
      [
        ['f', '{"x":1}'],
        ['g', '{}'],
      ],
    ],
    ['a type that is null', [{ ...part(0, 'a', 'f', '{}'), type: null, custom: null }], [['f', '{}']]],
    ['a call of nothing beside one', [part(0, '', '', ''), part(1, 'a', 'f', '{}')], [['f', '{}']]],
    ['arguments that are an object', [part(0, 'a', 'f', { x: 1 })], [['f', '{"x":1}']]],
    ['an index that begins at 1', [part(1, 'a', 'f', '{}')], [['f', '{}']]],
    ['nothing in it', [{}, { function: {} }], []],
  ])('%s', (_, pieces, expected) => {
    expect(read(pieces)).toEqual(expected)
  })

  it('gives a call without an id one of its own, and the second of two equal ids another', () => {
    const parts = collectToolCalls()
    parts.add([part(0, undefined, 'f', '{}'), part(1, 'same', 'g', '{}'), part(2, 'same', 'h', '{}')])
    const ids = parts.calls().map(call => call.id)
    expect(new Set(ids).size).toBe(3)
    expect(ids[0]).toMatch(/^call_\w{24}$/)
    expect(ids[1]).toBe('same')
  })

  it.each([
    [[{}]],
    [[{ id: 'a', type: 'function', function: { name: '', arguments: '' } }]],
    [null],
    ['x'],
    [[null, 7]],
  ])('takes no call of nothing for a call: %j', calls => {
    expect(readToolCalls(calls)).toEqual([])
  })

  it('keeps fields it does not know', () => {
    const [call] = readToolCalls([
      { ...part(0, 'a', 'f', '{}'), extra_content: { google: { thought_signature: 's' } } },
    ])
    expect(call).toMatchObject({ id: 'a', type: 'function', extra_content: { google: { thought_signature: 's' } } })
  })

  it('reads calls of custom tools', () => {
    const parts = collectToolCalls()
    parts.add([{ index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: 'SELECT' } }])
    parts.add([{ index: 0, custom: { input: ' 1' } }])
    expect(parts.calls()).toEqual([{ id: 'a', type: 'custom', custom: { name: 'sql', input: 'SELECT 1' } }])
  })
})
