import { describe, expect, it } from 'vitest'
import { calls, says } from '../../../fakes/openai-provider.ts'
import { hasFixtures, openAiSchema } from '../../../providers/recorded-fixtures.ts'
import { startChat } from './chat-setup.ts'

const tools = [
  { type: 'mcp', server_label: 'm', server_url: 'patchbay', require_approval: 'never' },
  { type: 'function', function: { name: 'mine' } },
]
const add = calls([{ id: 'a', name: 'math__add', args: { a: 1, b: 2 } }], { content: 'Let me see.' })
const mine = calls([{ id: 'b', name: 'mine', args: {} }])

describe.skipIf(!hasFixtures)("OpenAI's own schema accepts", () => {
  it.each([
    ['a text', false, [add, says('done')]],
    ['a text, streamed', true, [add, says('done')]],
    ['a call handed back', false, [add, mine]],
    ['a call handed back, streamed', true, [add, mine]],
  ])('what goes to the provider and to the caller: %s', async (_, stream, replies) => {
    const server = await startChat(replies)
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'fast',
        messages: [{ role: 'user', content: 'hi' }],
        tools,
        stream,
        ...(stream && { stream_options: { include_usage: true } }),
      }),
    })
    const text = await response.text()
    const isRequest = openAiSchema('CreateChatCompletionRequest')
    expect(server.provider.received).toHaveLength(2)
    for (const { body } of server.provider.received)
      expect(isRequest(body), JSON.stringify(isRequest.errors)).toBe(true)

    const isAnswer = openAiSchema(stream ? 'CreateChatCompletionStreamResponse' : 'CreateChatCompletionResponse')
    const events = text.split('\n\n').flatMap(event => /^data: (\{.*)$/.exec(event)?.[1] ?? [])
    for (const answer of stream ? events : [text]) {
      expect(isAnswer(JSON.parse(answer)), `${answer}\n${JSON.stringify(isAnswer.errors)}`).toBe(true)
    }
    if (stream) expect(events.length).toBeGreaterThan(4)
  })
})
