import { describe, expect, it } from 'vitest'
import type { TurnEvent } from '../../../src/core/model.ts'
import { fromOpenAi } from '../../../src/providers/openai/openai-answer.ts'
import { fromOpenAiStream } from '../../../src/providers/openai/openai-stream.ts'
import { readStream } from '../read-stream.ts'

const choice = (text: unknown, reason: string | null) => ({
  index: 0,
  tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'ping', arguments: text } }],
  reason,
})

/** The arguments of the call in an answer that came whole, and in one that was streamed. */
async function read(text: unknown, reason: string | null): Promise<unknown[]> {
  const { reason: finish, index, tool_calls } = choice(text, reason)
  const whole = fromOpenAi({ choices: [{ index, message: { tool_calls }, finish_reason: finish }] })
  const frames = async function* () {
    yield { data: JSON.stringify({ choices: [{ index, delta: { tool_calls }, finish_reason: finish }] }) }
    yield { data: '[DONE]' }
  }
  const streamed: TurnEvent[] = []
  const reader = fromOpenAiStream({ model: 'm', redact: text => text })
  for await (const event of readStream(reader, frames())) streamed.push(event)
  return [whole, streamed].map(events =>
    events.flatMap(event => (event.type === 'tool_calls' ? event.calls.map(call => call.function) : [])),
  )
}

describe('a call without arguments', () => {
  it.each([undefined, null, '', ' '])('has an empty object, where they were %j', async text => {
    const called = [{ name: 'ping', arguments: '{}' }]
    expect(await read(text, 'tool_calls')).toEqual([called, called])
    expect(await read(text, null)).toEqual([called, called])
  })

  it.each(['length', 'content_filter'])('is left as it is in an answer that was cut: %s', async reason => {
    const called = [{ name: 'ping', arguments: '' }]
    expect(await read('', reason)).toEqual([called, called])
  })
})
