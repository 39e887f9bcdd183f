import { describe, expect, it } from 'vitest'
import type { TurnRequest } from '../../../src/core/model.ts'
import { openAiCodec } from '../../../src/providers/openai/openai.ts'
import { openAiProfiles } from '../../../src/providers/openai/profiles.ts'

const cache_control = { type: 'ephemeral' }
const text = (words: string) => ({ type: 'text', text: words, cache_control })
const request: TurnRequest = {
  model: 'gpt-5',
  stream: false,
  messages: [
    { role: 'system', content: [text('a'), text('b')], cache_control },
    { role: 'user', content: [text('c'), { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }] },
  ],
  tools: [{ type: 'function', function: { name: 'f', parameters: {} }, cache_control, defer_loading: true }],
  rest: { max_tokens: 5, top_k: 3, thinking: { type: 'enabled', budget_tokens: 2_000 }, reasoning_effort: 'low' },
  native: { wire: 'anthropic', value: {} },
}
const write = (profile: keyof typeof openAiProfiles, changes: Partial<TurnRequest> = {}) =>
  openAiCodec(openAiProfiles[profile]).write({ ...request, ...changes }).body as Record<string, never>

describe("a request of a caller who speaks Anthropic's wire", () => {
  it('leaves off what OpenAI refuses, and joins texts', () => {
    const before = structuredClone(request)
    expect(write('openai')).toEqual({
      model: 'gpt-5',
      max_completion_tokens: 5,
      reasoning_effort: 'low',
      messages: [
        { role: 'system', content: 'a\n\nb' },
        { role: 'user', content: [{ type: 'text', text: 'c' }, expect.objectContaining({ type: 'image_url' })] },
      ],
      tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
    })
    expect(request).toEqual(before)
  })

  it.each([
    ['gpt-4o', undefined],
    ['gpt-4.1-mini', undefined],
    ['gpt-3.5-turbo', undefined],
    ['gpt-5', 'low'],
    ['o3', 'low'],
  ])('has an effort for models that reason alone: %s', (model, effort) => {
    expect(write('openai', { model }).reasoning_effort).toBe(effort)
  })

  it('keeps what an endpoint takes', () => {
    const { top_k: topK, messages, tools } = write('openrouter')
    expect(topK).toBe(3)
    expect(messages).toMatchObject([{ content: [{ cache_control }, { cache_control }] }, {}])
    expect(tools).toEqual([{ type: 'function', function: { name: 'f', parameters: {} }, cache_control }])
    expect(write('groq').top_k).toBeUndefined()
  })

  it("changes nothing for a caller of OpenAI's own form", () => {
    const { native: _, ...own } = request
    const body = openAiCodec(openAiProfiles.generic).write(own).body
    expect(body).toMatchObject({ ...own.rest, messages: own.messages, tools: own.tools })
  })
})
