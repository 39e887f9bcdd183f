import { beforeAll, describe, expect, it } from 'vitest'
import { GatewayError } from '../../../../src/core/errors.ts'
import { errorResult, textResult } from '../../../../src/core/tool.ts'
import { calls, chunk, says, streams } from '../../../fakes/openai-provider.ts'
import { hasFixtures, openAiSchema } from '../../../providers/recorded-fixtures.ts'
import { ask, mcp, own, startResponses } from './responses-setup.ts'

const tools = [mcp({ require_approval: { never: { tool_names: ['add'] } } }), own('mine')]
const add = calls([{ id: 'a', name: 'add', args: { a: 1, b: 2 } }], { content: 'Let me see.' })
const theirs = calls([
  { id: 'b', name: 'mine', args: {} },
  { id: 'c', name: 'echo', args: {} },
])
const cited = streams([
  chunk({ reasoning_content: 'Hmm.' }),
  chunk({ content: 'See it.' }, null, {}),
  chunk({
    annotations: [
      { type: 'url_citation', url_citation: { url: 'https://a.example/', title: 'A', start_index: 0, end_index: 3 } },
    ],
  }),
  chunk({ images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }),
  chunk({ refusal: 'No.' }),
  chunk({}, 'stop'),
  '[DONE]',
])
const custom = streams([
  chunk({ tool_calls: [{ index: 0, id: 'd', type: 'custom', custom: { name: 'sql', input: 'select 1' } }] }),
  chunk({}, 'tool_calls'),
  '[DONE]',
])
const breaks = streams([chunk({ content: 'It' })], { cut: true })
const fails = (name: string) => {
  if (name === 'math__add') throw new GatewayError('SOURCE_ERROR', 'No.', { data: { code: -32_000, message: 'no' } })
  return textResult('ok')
}

describe.skipIf(!hasFixtures)("OpenAI's own schema accepts", () => {
  // The schema is large: reading it takes seconds on a busy machine.
  beforeAll(() => {
    for (const name of ['ResponseStreamEvent', 'ResponseFailedEvent', 'Response', 'ResponseItemList'])
      openAiSchema(name)({})
  }, 60_000)

  it.each([
    ['a text', [add, says('done')], {}],
    ['calls handed back and asked about', [add, theirs], {}],
    ['a tool that failed', [add, says('done')], { answer: () => errorResult('no') }],
    ['a call that failed', [add, says('done')], { answer: fails }],
    ['an answer that was cut short', [says('It', { finish: 'length' })], {}],
    ['thoughts, sources, images and a refusal', [cited], {}],
    ['a call of a custom tool', [custom], {}],
    ['an answer that broke off', [breaks], {}],
  ])('every event, and the answer: %s', async (_, replies, options) => {
    const server = await startResponses(replies, options)
    const send = (stream: boolean) =>
      fetch(`${server.url}/v1/responses`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...ask([...tools, { type: 'custom', name: 'sql' }]), stream }),
      })
    const isEvent = openAiSchema('ResponseStreamEvent')
    const events = (await (await send(true)).text()).split('\n\n').filter(text => text !== '')
    expect(events.length).toBeGreaterThan(3)
    for (const event of events) {
      const [, type, data = ''] = /^event: (\S+)\ndata: (.*)$/.exec(event) ?? []
      const value = JSON.parse(data)
      expect(value.type).toBe(type)
      // Its list of them lacks the last one of an answer that failed.
      const isValid = type === 'response.failed' ? openAiSchema('ResponseFailedEvent') : isEvent
      expect(isValid(value), `${data}\n${JSON.stringify(isValid.errors?.slice(0, 8))}`).toBe(true)
      if (value.response !== undefined) {
        const isResponse = openAiSchema('Response')
        expect(isResponse(value.response), `${data}\n${JSON.stringify(isResponse.errors?.slice(0, 8))}`).toBe(true)
      }
    }
  })

  it('an answer that is not streamed, what is kept of it, and its input', async () => {
    const server = await startResponses([add, says('done')])
    const { client } = server
    const { output_text: _, ...response } = await client.responses.create(ask(tools))
    const isResponse = openAiSchema('Response')
    expect(isResponse(response), JSON.stringify(isResponse.errors?.slice(0, 8))).toBe(true)
    const { output_text: __, ...kept } = await client.responses.retrieve(response.id)
    expect(kept).toEqual(response)
    const list = await (await fetch(`${server.url}/v1/responses/${response.id}/input_items`)).json()
    const isList = openAiSchema('ResponseItemList')
    expect(isList(list), JSON.stringify([list, isList.errors?.slice(0, 8)])).toBe(true)
  })
})
