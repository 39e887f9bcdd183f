import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { fakeClient } from '../../fakes/client-link.ts'
import { featureConfig, never, open } from './helpers.ts'

/** How a tool of an old server fails that asks a client for what it lacks, and then fails by an error. */
async function failureOf(capabilities: JsonObject, args: JsonObject, modern: boolean): Promise<unknown> {
  const source = open(featureConfig('old'))
  const context = { signal: never, client: fakeClient('one', { capabilities }), ...(modern && { input: {} }) }
  const thrown = await source.call('ask_or_fail', args, context).catch((error: unknown) => error)
  return (thrown as { data: unknown }).data
}

const sample = { method: 'sampling/createMessage', params: {} }
const visit = { method: 'elicitation/create', params: { mode: 'url', url: 'https://x' } }

describe('an old server that fails because its client lacks something', () => {
  it.each<[string, JsonObject, JsonObject, string, JsonObject]>([
    ['a feature', {}, sample, '-32601: The client does not support sampling.', { sampling: {} }],
    [
      'a part of one',
      { elicitation: {} },
      visit,
      '-32602: The client does not support elicitation.url.',
      { elicitation: { url: {} } },
    ],
  ])('fails a modern client with -32021, which names it: %s', async (_, capabilities, args, said, required) => {
    expect(await failureOf(capabilities, args, true)).toEqual({
      code: -32021,
      message: `MCP error ${said}`,
      data: { requiredCapabilities: required },
    })
  })

  it('fails an old client in its own words', async () => {
    expect(await failureOf({}, sample, false)).toEqual({
      code: -32601,
      message: 'MCP error -32601: The client does not support sampling.',
    })
  })

  it.each([
    ['another code', { code: -32603 }],
    ['other words', { message: 'Nothing of that kind.' }],
  ])('fails a modern client as it says itself, where that is another error: %s', async (_, own) => {
    const { code, message } = { code: -32601, message: 'The client does not support sampling.', ...own }
    expect(await failureOf({}, { ...sample, own }, true)).toEqual({ code, message: `MCP error ${code}: ${message}` })
  })
})
