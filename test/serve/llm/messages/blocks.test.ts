import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromMcpId, fromToolUseId, toMcpId, toToolUseId } from '../../../../src/serve/llm/messages/block-ids.ts'
import { orderBlocks } from '../../../../src/serve/llm/messages/order-blocks.ts'
import { sayDeltas } from '../../../../src/serve/llm/messages/say-delta.ts'
import { toInputJson, writeBlocks } from '../../../../src/serve/llm/messages/write-blocks.ts'
import type { StreamEvent } from './messages-setup.ts'
import { orderFaults } from './messages-setup.ts'

const call = (id: string, google?: object) => ({
  id,
  type: 'function' as const,
  function: { name: 'f', arguments: '{}' },
  ...(google && { extra_content: { google } }),
})

/** Blocks of a stream between the events that every stream has. */
const framed = (events: readonly object[]): StreamEvent[] =>
  [{ type: 'message_start' }, ...events, { type: 'message_delta' }, { type: 'message_stop' }] as StreamEvent[]

describe('the id of a block', () => {
  it('gives the id of its call back, signature and all, and is legal everywhere', () => {
    const id = fc.stringMatching(/^(?:toolu_\w{1,30}|call_\w{12,40}|[A-Za-z0-9-]{16,40})$/)
    const google = fc.option(
      fc.record({
        thought_signature: fc.string({ minLength: 1, unit: 'grapheme' }),
        model: fc.string({ minLength: 1 }),
      }),
      { nil: undefined },
    )
    fc.assert(
      fc.property(id, google, (id, google) => {
        const own = call(id, google)
        const expected = { id, ...(google && { google }) }
        expect(toToolUseId(own) + toMcpId(own)).toMatch(/^[\w-]+$/)
        expect(fromToolUseId(toToolUseId(own))).toEqual(expected)
        expect(fromMcpId(toMcpId(own))).toEqual(expected)
        expect(toMcpId(own)).toMatch(/^mcptoolu_/)
      }),
    )
  })

  it.each(['', '0', 'call_0', 'functions.read:0', 'a b c d e f g h i j k'])(
    'is new for a call whose id is not one of a kind: "%s"',
    id => {
      expect(toToolUseId(call(id))).toMatch(/^toolu_[0-9a-f]{24}$/)
      expect(toToolUseId(call(id))).not.toBe(toToolUseId(call(id)))
    },
  )

  it.each(['x__signed_by_google__', 'x__signed_by_google__bm90IGpzb24', '__signed_by_google__W10'])(
    'is read as it is where its signature is none: %s',
    id => {
      expect(fromToolUseId(id)).toEqual({ id })
    },
  )
})

describe("a provider's blocks", () => {
  const event = fc.oneof(
    fc.record({
      type: fc.constant('content_block_start'),
      index: fc.nat(3),
      content_block: fc.constantFrom(
        { type: 'text', text: '' },
        { type: 'text', text: 'a' },
        { type: 'thinking', thinking: 'b', signature: 'c' },
        { type: 'tool_use', id: 't', name: 'mine', input: { a: 1 } },
        { type: 'tool_use', id: 't', name: 'ours', input: {} },
      ),
    }),
    fc.record({
      type: fc.constant('content_block_delta'),
      index: fc.nat(3),
      delta: fc.constantFrom(
        { type: 'text_delta', text: 'd' },
        { type: 'input_json_delta', partial_json: '{}' },
        { type: 'unknown_delta' },
      ),
    }),
    fc.record({ type: fc.constant('content_block_stop'), index: fc.nat(3) }),
  )

  it('come out in one row, however they go in', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), events => {
        const writer = writeBlocks()
        const order = orderBlocks(writer, ({ name }) => name !== 'ours')
        const told = [...events.flatMap(order.take), ...order.finish(), ...writer.put({ type: 'text', text: 'end' })]
        expect(orderFaults(framed(told))).toEqual([])
        expect(JSON.stringify(told)).not.toContain('ours')
      }),
      { numRuns: 500 },
    )
  })

  it('lose nothing where each begins and ends', () => {
    const texts = fc.array(fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 4 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.nat(3)), (blocks, dice) => {
        // Each block's events in their order, those of several blocks mixed.
        const queues = blocks.map((pieces, index) => [
          { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
          ...pieces.map(text => ({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } })),
          { type: 'content_block_stop', index },
        ])
        const mixed: object[] = []
        for (const chosen of dice) {
          const open = queues.filter(queue => queue.length > 0)
          const next = open[chosen % Math.max(1, open.length)]?.shift()
          if (next === undefined) break
          mixed.push(next)
        }
        const order = orderBlocks(writeBlocks(), () => true)
        const told = [...mixed.flatMap(each => order.take(each as never)), ...order.finish()] as StreamEvent[]
        const said = new Map<number, string>()
        for (const { index, delta } of told) said.set(index, (said.get(index) ?? '') + (delta?.text ?? ''))
        expect([...said.values()].sort()).toEqual(blocks.map(pieces => pieces.join('')).sort())
      }),
    )
  })
})

describe('what a model of another wire says', () => {
  const kinds = (deltas: readonly object[]): string[] => {
    const writer = writeBlocks()
    const say = sayDeltas(writer)
    const told = [...deltas.flatMap(delta => say(delta as never)), ...writer.end()] as StreamEvent[]
    expect(orderFaults(framed(told))).toEqual([])
    return told.flatMap(({ content_block: block, delta }) => {
      if (block) return [block.type]
      return delta ? [delta.text ?? delta.thinking ?? delta.signature] : []
    })
  }
  const signed = { type: 'thinking', thinking: 'ab', signature: 'S' }

  it.each<[string, object[], string[]]>([
    [
      'pieces of thinking are signed by what comes behind them',
      [{ reasoning_content: 'a' }, { reasoning_content: 'b' }, { thinking_blocks: [signed] }, { content: 'c' }],
      ['thinking', 'a', 'b', 'S', 'text', 'c'],
    ],
    [
      'whole thinking comes with its signature',
      [{ reasoning_content: 'ab', thinking_blocks: [signed], content: 'c' }],
      ['thinking', 'ab', 'S', 'text', 'c'],
    ],
    [
      'thinking that was told is not told again',
      [{ reasoning_content: 'ab' }, { content: 'c' }, { thinking_blocks: [signed] }],
      ['thinking', 'ab', 'text', 'c'],
    ],
    [
      'two thoughts are two blocks',
      [{ thinking_blocks: [signed, signed] }],
      ['thinking', 'ab', 'S', 'thinking', 'ab', 'S'],
    ],
    [
      'redacted thinking stands alone',
      [{ thinking_blocks: [{ type: 'redacted_thinking', data: 'x' }] }],
      ['redacted_thinking'],
    ],
    ['OpenRouter and Ollama think too', [{ reasoning: 'a' }], ['thinking', 'a']],
    ['white space waits for a text', [{ content: '\n' }, { content: '\n' }, { content: 'a' }], ['text', '\n\na']],
    ['white space alone is nothing', [{ reasoning_content: 'a' }, { content: '\n\n' }], ['thinking', 'a']],
    ['parts are texts', [{ content: [{ type: 'text', text: 'a' }] }], ['text', 'a']],
    ['a refusal is a text', [{ refusal: 'No.' }], ['text', 'No.']],
    ['nothing is nothing', [{ content: null, refusal: null }, { content: '' }, {}], []],
  ])('%s', (_, deltas, told) => {
    expect(kinds(deltas)).toEqual(told)
  })
})

describe('the input of a call', () => {
  it.each([
    ['', '{}'],
    ['{"a": 12345678901234567890}', '{"a": 12345678901234567890}'],
    ['[1]', '{"arguments":[1]}'],
    ['"a"', '{"arguments":"a"}'],
    ['{"a":', '{"arguments":"{\\"a\\":"}'],
  ])('of the arguments %j is the JSON text of an object', (text, json) => {
    expect(toInputJson(text)).toBe(json)
  })
})
