import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import { answersMessage, startFakeAnthropic } from '../fakes/anthropic-provider.ts'
import { servePatchbay, stdioEntry } from './patchbay.ts'

const tools: OpenAI.Responses.Tool[] = [{ type: 'mcp', server_label: 'up', server_url: 'patchbay/mcp/up' }]
const thought = { type: 'thinking', thinking: 'I call.', signature: 'c2ln' }
const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'echo', input: { text: 'a' } }
const keys = [
  { id: 'ada', key: 'pb_11111abcde22222fghij' },
  { id: 'bob', key: 'pb_33333klmno44444pqrst' },
]

async function startClaude() {
  const claude = await startFakeAnthropic(
    answersMessage([thought, toolUse]),
    answersMessage([{ type: 'text', text: 'It said a.' }]),
  )
  onTestFinished(() => claude.close())
  const models = {
    claude: { provider: 'anthropic', model: 'claude-sonnet-4-5', apiKey: 'k', baseUrl: `${claude.url}/v1` },
  }
  return { claude, models }
}

function storeFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-responses-flow-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'state.sqlite')
}

const clientOf = (url: string, apiKey = 'none'): OpenAI => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })

/** Asks, approves of the call, and returns both answers. */
async function askAndApprove(client: OpenAI, then: OpenAI = client) {
  const first = await client.responses.create({ model: 'claude', input: 'Say a.', tools })
  const request = first.output.at(-1)
  expect(request).toMatchObject({ type: 'mcp_approval_request', server_label: 'up', name: 'echo' })
  const second = await then.responses
    .stream({
      model: 'claude',
      previous_response_id: first.id,
      input: [{ type: 'mcp_approval_response', approval_request_id: String(request?.id), approve: true }],
      tools,
    })
    .finalResponse()
  return { first, second }
}

describe('a response of a whole Patchbay', () => {
  it('waits for approval, runs the call, and replays what was thought', async () => {
    const { claude, models } = await startClaude()
    const { url } = await servePatchbay({ up: stdioEntry() }, { models })
    const { second } = await askAndApprove(clientOf(url))
    expect(second.output).toMatchObject([
      { type: 'mcp_call', name: 'echo', status: 'completed', output: expect.stringContaining('a') },
      { type: 'message' },
    ])
    expect(second.output_text).toBe('It said a.')
    const [, asked] = claude.received
    expect(asked?.body.messages).toMatchObject([{ role: 'user' }, { content: [thought, toolUse] }, { role: 'user' }])
  })

  it('goes on in the next process, and is deleted for good there', async () => {
    const { claude, models } = await startClaude()
    const rest = { models, store: { path: storeFile() } }
    const before = await servePatchbay({ up: stdioEntry() }, rest)
    const first = await clientOf(before.url).responses.create({ model: 'claude', input: 'Say a.', tools })
    await before.patchbay.close()
    const { url } = await servePatchbay({ up: stdioEntry() }, rest)
    const client = clientOf(url)
    expect((await client.responses.retrieve(first.id)).output).toEqual(first.output)
    const answer = {
      type: 'mcp_approval_response' as const,
      approval_request_id: String(first.output.at(-1)?.id),
      approve: true,
    }
    await client.responses.create({ model: 'claude', previous_response_id: first.id, input: [answer], tools })
    expect(claude.received[1]?.body.messages).toMatchObject([{}, { content: [thought, toolUse] }, {}])
    await client.responses.delete(first.id)
    await expect(client.responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 })
  })

  it('belongs to the key that asked', async () => {
    const { models } = await startClaude()
    const { url } = await servePatchbay({ up: stdioEntry() }, { models, keys })
    const [ada, bob] = keys.map(({ key }) => clientOf(url, key)) as [OpenAI, OpenAI]
    await expect(askAndApprove(ada, bob)).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
    await expect(clientOf(url, 'wrong').responses.retrieve('resp_1')).rejects.toMatchObject({ status: 401 })
  })

  it('is served without /v1 too, and told at the door', async () => {
    const { models } = await startClaude()
    const { url } = await servePatchbay({ up: stdioEntry() }, { models })
    const client = new OpenAI({ baseURL: url, apiKey: 'none', maxRetries: 0 })
    const { id } = await client.responses.create({ model: 'claude', input: 'Say a.', tools })
    expect((await client.responses.inputItems.list(id)).data).toMatchObject([{ role: 'user' }])
    await client.responses.delete(id)
    const index = (await (await fetch(url)).json()) as { completions: string[] }
    expect(index.completions).toContain('POST /v1/responses')
  })
})
