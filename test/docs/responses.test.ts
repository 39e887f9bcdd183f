import { readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { servePatchbay, stdioEntry } from '../flows/patchbay.ts'

type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming

const page = readFileSync(new URL('../../docs/llm.md', import.meta.url), 'utf8')
const [, section = ''] = /## The Responses API\n(.*?)\n## /s.exec(page) ?? []
const [first = '', second = ''] = [...section.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => text ?? '')

describe('docs/llm.md, the Responses API', () => {
  it('shows requests that are answered', async () => {
    const { url } = await servePatchbay({ everything: stdioEntry() }, { models: { demo: { provider: 'demo' } } })
    const { responses } = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
    const done = await responses.create(JSON.parse(first) as Params)
    expect(done.output).toContainEqual(expect.objectContaining({ type: 'mcp_call', name: 'everything__echo' }))

    const asked = await responses.create(JSON.parse(first.replace(/, "require_approval": "never"/, '')) as Params)
    const request = asked.output.at(-1)
    expect(request?.type).toBe('mcp_approval_request')
    const filled = second.replace('<id>', asked.id).replace('<request>', String(request?.id))
    const approved = await responses.create(JSON.parse(filled) as Params)
    expect(approved.output.map(({ type }) => type)).toEqual(['mcp_call', 'message'])
  })
})
