import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { TurnEvent } from '../../../src/core/model.ts'
import { fromBedrock } from '../../../src/providers/bedrock/bedrock-answer.ts'
import { fromBedrockStream } from '../../../src/providers/bedrock/bedrock-stream.ts'
import { feedAwsFrames } from '../../../src/providers/wire/aws-frames.ts'
import { frameError, frameEvent, frameException } from '../../fakes/bedrock-frames.ts'
import { framesOf, readStream } from '../read-stream.ts'
import { fixtures, hasFixtures } from '../recorded-fixtures.ts'

const own = readFileSync('test/fixtures/bedrock/tools-and-thinking.jsonl', 'utf8').split('\n').filter(Boolean)

describe('a streamed answer', () => {
  it('gives text and reasoning as they come, calls whole at the end, and {} for a call without arguments', async () => {
    const events = await read(own.map(line => frameEvent(JSON.parse(line))))
    expect(textOf(events, 'content')).toBe('Let me look.')
    expect(textOf(events, 'reasoning_content')).toBe('Two cities, two calls.')
    expect(events.filter(event => event.type === 'delta').at(2)?.delta).toEqual({
      thinking_blocks: [{ type: 'thinking', thinking: 'Two cities, two calls.', signature: 'c2lnbmVk' }],
    })
    expect(events.at(-2)).toEqual({
      type: 'tool_calls',
      choice: 0,
      calls: [
        { id: 'tooluse_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
        { id: 'tooluse_b', type: 'function', function: { name: 'clock', arguments: '{}' } },
      ],
    })
    expect(events.at(-1)).toEqual({
      type: 'finish',
      choice: 0,
      reason: 'tool_calls',
      native: {
        wire: 'bedrock',
        value: {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'Two cities, two calls.', signature: 'c2lnbmVk' } } },
            { text: 'Let me look.' },
            { toolUse: { toolUseId: 'tooluse_a', name: 'weather', input: { city: 'Oslo' } } },
            { toolUse: { toolUseId: 'tooluse_b', name: 'clock', input: {} } },
          ],
        },
      },
    })
  })

  it('counts what was cached among the prompt, as OpenAI does', async () => {
    const events = await read(own.map(line => frameEvent(JSON.parse(line))))
    expect(events.find(event => event.type === 'meta')).toMatchObject({
      usage: {
        prompt_tokens: 120,
        completion_tokens: 20,
        total_tokens: 140,
        prompt_tokens_details: { cached_tokens: 100 },
        cache_creation_input_tokens: 10,
      },
    })
  })

  it('that breaks off anywhere before messageStop gives no call and an error', async () => {
    for (let end = 0; end < own.length - 2; end += 1) {
      const seen: TurnEvent[] = []
      const cut = own.slice(0, end).map(line => frameEvent(JSON.parse(line)))
      await expect(read(cut, seen)).rejects.toMatchObject({ code: 'PROVIDER_ERROR', data: { status: 502 } })
      expect(seen.some(event => event.type === 'tool_calls' || event.type === 'finish')).toBe(false)
    }
  })

  it.each([
    ['throttlingException', 429],
    ['validationException', 400],
    ['modelStreamErrorException', 424],
    ['internalServerException', 500],
    ['serviceUnavailableException', 503],
    ['someNewException', 502],
  ])('that ends in %s is an error of status %i', async (name, status) => {
    const frames = [...own.slice(0, 5).map(line => frameEvent(JSON.parse(line))), frameException(name, 'key SECRET no')]
    await expect(read(frames)).rejects.toMatchObject({
      code: 'PROVIDER_ERROR',
      data: { status, error: { message: 'key *** no', type: name } },
    })
  })

  it('that ends in an error outside the service model is an error with its code', async () => {
    const frames = [frameError('ThrottlingException', 'slow down')]
    await expect(read(frames)).rejects.toMatchObject({ data: { status: 429, error: { message: 'slow down' } } })
  })

  it('keeps redacted reasoning for the next turn', async () => {
    const frames = [
      { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { redactedContent: 'c2VjcmV0' } } } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'Hi' } } },
      { messageStop: { stopReason: 'end_turn' } },
    ]
    const events = await read(frames.map(frameEvent))
    expect(events[0]).toMatchObject({ delta: { thinking_blocks: [{ type: 'redacted_thinking', data: 'c2VjcmV0' }] } })
    expect(events.at(-1)).toMatchObject({
      native: { value: { content: [{ reasoningContent: { redactedContent: 'c2VjcmV0' } }, { text: 'Hi' }] } },
    })
  })
})

describe('why an answer ended', () => {
  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
  ])('%s is told as %s', (stopReason, reason) => {
    expect(fromBedrock(answer([{ text: 'x' }], stopReason)).at(-1)).toMatchObject({ reason })
  })

  it.each(['tool_use', 'end_turn'])('with a call, %s is told as tool_calls', stopReason => {
    const use = { toolUse: { toolUseId: 'a', name: 'f', input: { x: 1 } } }
    expect(fromBedrock(answer([use], stopReason)).slice(-2)).toMatchObject([
      { type: 'tool_calls', calls: [{ id: 'a', function: { name: 'f', arguments: '{"x":1}' } }] },
      { reason: 'tool_calls' },
    ])
  })

  it.each(['max_tokens', 'guardrail_intervened'])('after %s no call is given, since it may be half of one', reason => {
    const events = fromBedrock(answer([{ text: 'x' }, { toolUse: { toolUseId: 'a', name: 'f', input: {} } }], reason))
    expect(events.some(event => event.type === 'tool_calls')).toBe(false)
    expect(events.at(-1)).toMatchObject({ native: { value: { content: [{ text: 'x' }] } } })
  })

  it('is an error where the output made no sense to Bedrock', () => {
    expect(() => fromBedrock(answer([], 'malformed_tool_use'))).toThrow('malformed_tool_use')
  })

  it('is not told of what is no answer', () => {
    expect(fromBedrock({ message: 'no' })).toEqual([])
  })
})

const folder = join(fixtures, 'packages/amazon-bedrock/src/__fixtures__')
const recorded = hasFixtures ? readdirSync(folder) : []

describe.skipIf(!hasFixtures)('recorded answers', () => {
  it.each(recorded.filter(name => name.endsWith('.chunks.txt')))('%s is read without loss', async name => {
    const raw = readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
    const events = await read(raw.map(frameEvent))
    const deltas = raw.flatMap(event => event.contentBlockDelta?.delta ?? [])
    expect(textOf(events, 'content')).toBe(deltas.map(delta => delta.text ?? '').join(''))
    expect(textOf(events, 'reasoning_content')).toBe(deltas.map(delta => delta.reasoningContent?.text ?? '').join(''))
    const signatures = deltas.map(delta => delta.reasoningContent?.signature ?? '').join('')
    expect(JSON.stringify(events).includes(signatures)).toBe(true)
    const uses = raw.flatMap(event => event.contentBlockStart?.start?.toolUse ?? [])
    expect(callsOf(events).map(({ id }) => id)).toEqual(uses.map(use => use.toolUseId))
    for (const call of callsOf(events))
      expect(() => JSON.parse(String((call.function as JsonObject).arguments))).not.toThrow()
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason: uses.length > 0 ? 'tool_calls' : 'stop' })
    const usage = raw.find(event => event.metadata)?.metadata.usage
    if (usage) expect(JSON.stringify(events)).toContain(`"total_tokens":${usage.totalTokens}`)
  })

  it.each(recorded.filter(name => name.endsWith('.json')))('%s is read without loss', name => {
    const raw = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    const events = fromBedrock(raw)
    const blocks: { text?: string; toolUse?: { toolUseId: string; input: unknown } }[] = raw.output.message.content
    expect(textOf(events, 'content')).toBe(blocks.map(block => block.text ?? '').join(''))
    expect(
      callsOf(events).map(({ id, function: named }) => [id, JSON.parse(String((named as JsonObject).arguments))]),
    ).toEqual(blocks.flatMap(({ toolUse }) => (toolUse ? [[toolUse.toolUseId, toolUse.input]] : [])))
    expect(events.at(-1)).toMatchObject({ native: { wire: 'bedrock', value: raw.output.message } })
  })
})

function answer(content: object[], stopReason: string): JsonObject {
  return { output: { message: { role: 'assistant', content } }, stopReason, usage: { inputTokens: 1, outputTokens: 1 } }
}

async function read(frames: readonly Uint8Array[], seen: TurnEvent[] = []): Promise<TurnEvent[]> {
  const context = { model: 'm', redact: (text: string) => text.replaceAll('SECRET', '***') }
  const body = (async function* () {
    yield* frames
  })()
  for await (const event of readStream(fromBedrockStream(context), framesOf(feedAwsFrames(), body))) seen.push(event)
  return seen
}

function textOf(events: readonly TurnEvent[], field: string): string {
  return events.map(event => (event.type === 'delta' ? (event.delta[field] ?? '') : '')).join('')
}

function callsOf(events: readonly TurnEvent[]): readonly JsonObject[] {
  return events.flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
}
