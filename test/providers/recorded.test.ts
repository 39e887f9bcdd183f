import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TurnEvent, TurnRequest } from '../../src/core/model.ts'
import { isFunctionCall } from '../../src/core/model.ts'
import { renameTools } from '../../src/providers/boundary/rename-tools.ts'
import { openAiNames } from '../../src/providers/boundary/tool-names.ts'
import type { Frame } from '../../src/providers/codec.ts'
import { fromOpenAi } from '../../src/providers/openai/openai-answer.ts'
import { toOpenAi } from '../../src/providers/openai/openai-body.ts'
import { fromOpenAiStream } from '../../src/providers/openai/openai-stream.ts'
import { feedEvents } from '../../src/providers/wire/sse.ts'
import { framesOf, readStream } from './read-stream.ts'
import { fixtures, hasFixtures, openAiSchema } from './recorded-fixtures.ts'

const context = { model: 'm', redact: (text: string) => text }
const location = '{"location":"San Francisco"}'

describe.skipIf(!hasFixtures)('recorded streams', () => {
  it.each<[string, string, string | undefined, string]>([
    ['openai/src/chat', 'openai-text', undefined, 'stop'],
    ['openai/src/chat', 'azure-model-router.1', undefined, 'stop'],
    ['openai-compatible/src/chat', 'xai-text', undefined, 'stop'],
    ['openai-compatible/src/chat', 'xai-tool-call', location, 'tool_calls'],
    ['mistral/src', 'mistral-text', undefined, 'stop'],
    ['mistral/src', 'mistral-reasoning', undefined, 'stop'],
    ['mistral/src', 'mistral-tool-call', location, 'tool_calls'],
    ['mistral/src', 'mistral-incremental-tool-call', '{"query":"current Berlin weather"}', 'tool_calls'],
    ['deepseek/src/chat', 'deepseek-text', undefined, 'length'],
    ['deepseek/src/chat', 'deepseek-tool-call', location, 'tool_calls'],
    ['groq/src', 'groq-text', undefined, 'stop'],
    ['groq/src', 'groq-tool-call', '{}', 'tool_calls'],
  ])('%s %s is read whole', async (folder, name, args, reason) => {
    const lines = recorded(folder, `${name}.chunks.txt`).split('\n').filter(Boolean)
    const events = await collect(readStream(fromOpenAiStream(context), frames(lines)))
    expect(argumentsOf(events)).toEqual(args === undefined ? [] : [JSON.parse(args)])
    expect(events.at(-1)).toMatchObject({ type: 'finish', reason })
    expect(events.some(event => event.type === 'meta' && event.usage !== undefined)).toBe(true)
  })

  it.each<[string, string]>([
    ['openai-compatible/src/chat', 'xai-tool-call'],
    ['deepseek/src/chat', 'deepseek-tool-call'],
    ['mistral/src', 'mistral-tool-call'],
  ])('%s %s, cut anywhere, never gives a call', async (folder, name) => {
    const lines = recorded(folder, `${name}.chunks.txt`).split('\n').filter(Boolean)
    const finish = lines.findIndex(line => line.includes('"finish_reason":"tool_calls"'))
    for (let end = 0; end <= finish; end += 1) {
      const seen: TurnEvent[] = []
      const read = async (): Promise<void> => {
        for await (const event of readStream(fromOpenAiStream(context), frames(lines.slice(0, end)))) seen.push(event)
      }
      await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_ERROR' })
      expect(seen.some(event => event.type === 'tool_calls')).toBe(false)
    }
  })

  it('reads raw bytes in pieces of any size', async () => {
    const bytes = Buffer.from(recorded('openai-compatible/src/chat', 'anthropic-fallback-tool-call.sse'))
    for (const size of [1, 7, 4_096]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      )
      const events = await collect(readStream(fromOpenAiStream(context), framesOf(feedEvents(1e6), each(pieces))))
      expect(argumentsOf(events)).toEqual([{ path: 'a.txt' }])
    }
  })

  it.each<[string, string]>([
    ['openai-compatible/src/chat', 'xai-tool-call.json'],
    ['mistral/src', 'mistral-tool-call.json'],
    ['deepseek/src/chat', 'deepseek-tool-call.json'],
  ])('%s %s is read whole', (folder, name) => {
    expect(argumentsOf(fromOpenAi(JSON.parse(recorded(folder, name)) as Record<string, unknown>))).toEqual([
      JSON.parse(location),
    ])
  })
})

describe.skipIf(!hasFixtures)("OpenAI's own schema", () => {
  const call = { id: 'c1', type: 'function', function: { name: 'pets/list', arguments: '{}' } }
  const request: TurnRequest = {
    model: 'gpt-5',
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: '[image image/png, 12 bytes]' },
    ],
    tools: [
      {
        type: 'function',
        function: { name: 'pets/list', description: 'x', parameters: { type: 'object', properties: {} } },
      },
    ],
    toolChoice: { type: 'function', function: { name: 'pets/list' } },
    stream: true,
    rest: { temperature: 0.5, stream_options: { include_usage: true } },
  }

  it('accepts what is sent', () => {
    const validate = openAiSchema('CreateChatCompletionRequest')
    const body = toOpenAi(renameTools(request, openAiNames).request)
    expect(validate(body), JSON.stringify(validate.errors)).toBe(true)
    expect(JSON.stringify(body)).not.toContain('pets/list')
  })

  it('would refuse an mcp tool or an image in a tool message', () => {
    const validate = openAiSchema('CreateChatCompletionRequest')
    expect(validate(toOpenAi({ ...request, tools: [{ type: 'mcp', server_label: 'x' }] }))).toBe(false)
    const image = { role: 'tool', tool_call_id: 'c1', content: [{ type: 'image_url', image_url: { url: 'x' } }] }
    expect(validate({ ...toOpenAi(request), messages: [image] })).toBe(false)
  })
})

function recorded(folder: string, name: string): string {
  return readFileSync(join(fixtures, 'packages', folder, '__fixtures__', name), 'utf8')
}

function frames(lines: readonly string[]): AsyncIterable<Frame> {
  return each(lines.map(data => ({ data })))
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

function argumentsOf(events: readonly TurnEvent[]): unknown[] {
  return events
    .flatMap(event => (event.type === 'tool_calls' ? event.calls : []))
    .filter(isFunctionCall)
    .map(call => JSON.parse(call.function.arguments) as unknown)
}
