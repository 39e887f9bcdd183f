import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { httpStub } from '../fakes/http-stub.ts'
import { calls, says, startFakeProvider } from '../fakes/openai-provider.ts'
import { servePatchbay, stdioEntry } from './patchbay.ts'

/** An API of three operations behind search, and what it was asked. */
async function searchedApi(entry: object = {}) {
  const asked: string[] = []
  const stub = await httpStub(({ method, path }, response) => {
    asked.push(`${method} ${path.replace(/^\/mcp/, '')}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"Rex"}')
  })
  onTestFinished(() => stub.close())
  const petId = { name: 'petId', in: 'path', required: true, schema: { type: 'integer' } }
  const openapi = {
    openapi: '3.1.0',
    info: { title: 'Pets', version: '1' },
    paths: {
      '/pets': { get: { operationId: 'listPets', summary: 'List pets', tags: ['pets'] } },
      '/pets/{petId}': {
        parameters: [petId],
        get: { operationId: 'getPet', summary: 'Get a pet', tags: ['pets'] },
        delete: { operationId: 'deletePet', summary: 'Delete a pet', tags: ['admin'] },
      },
    },
  }
  return { asked, entry: { openapi, baseUrl: stub.url, mode: 'search', ...entry } }
}

async function connect(url: string, key?: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }))
  onTestFinished(() => client.close())
  return client
}

const textOf = ({ content }: { content: unknown }): string => (content as { text: string }[])[0]?.text ?? ''

describe('an entry with "mode": "search"', () => {
  it('is listed as three tools, searched, described and called over MCP', async () => {
    const { asked, entry } = await searchedApi()
    const { url } = await servePatchbay({ pets: entry })
    const client = await connect(url)
    const names = (await client.listTools()).tools.map(({ name }) => name)
    expect(names).toEqual(['pets__search', 'pets__describe', 'pets__call'])

    const browsed = JSON.parse(textOf(await client.callTool({ name: 'pets__search', arguments: {} })))
    expect(browsed).toMatchObject({
      total: 3,
      groups: [
        { group: 'pets', tools: 2 },
        { group: 'admin', tools: 1 },
      ],
    })
    const found = JSON.parse(textOf(await client.callTool({ name: 'pets__search', arguments: { query: 'get pet' } })))
    expect(found.results[0]).toEqual({ name: 'getPet', about: 'Get a pet', required: ['petId'], readOnly: true })
    const described = await client.callTool({ name: 'pets__describe', arguments: { names: ['getPet'] } })
    expect(JSON.parse(textOf(described)).tools[0].inputSchema.required).toEqual(['petId'])

    const called = await client.callTool({ name: 'pets__call', arguments: { name: 'getPet', arguments: { petId: 7 } } })
    expect(called.structuredContent).toEqual({ name: 'Rex' })
    expect(asked).toEqual(['GET /pets/7'])
    const wrong = await client.callTool({ name: 'pets__call', arguments: { name: 'getPets' } })
    expect([wrong.isError, textOf(wrong)]).toEqual([true, expect.stringContaining('"getPet"')])
  })

  it('holds what keys and entries forbid, behind the search too', async () => {
    const { asked, entry } = await searchedApi({ disallowedTools: ['listPets'] })
    const keys = {
      reader: { key: 'reader-0123456789ab', tools: ['pets__get*'] },
      other: { key: 'other-0123456789abc', tools: ['orders__*'] },
    }
    const { url } = await servePatchbay({ pets: entry }, { keys })
    expect((await (await connect(url, keys.other.key)).listTools()).tools).toEqual([])
    const client = await connect(url, keys.reader.key)
    expect((await client.listTools()).tools).toHaveLength(3)
    const found = JSON.parse(textOf(await client.callTool({ name: 'pets__search', arguments: { query: 'pet' } })))
    expect(found.results.map(({ name }: { name: string }) => name)).toEqual(['getPet'])
    for (const name of ['deletePet', 'listPets']) {
      const refused = await client.callTool({ name: 'pets__call', arguments: { name, arguments: { petId: 1 } } })
      expect(textOf(refused)).toContain('No tool is named')
    }
    expect(asked).toEqual([])
  })

  it('passes progress and failures of an MCP server through', async () => {
    const { url } = await servePatchbay({ up: stdioEntry('ok', { mode: 'search' }) })
    const client = await connect(url)
    const steps: number[] = []
    const call = (name: string, options = {}) => client.callTool({ name: 'up__call', arguments: { name } }, options)
    await call('progress', { onprogress: ({ progress }: { progress: number }) => void steps.push(progress) })
    expect(steps).toEqual([1, 2, 3])
    expect(await call('fail')).toMatchObject({ isError: true, content: [{ text: 'no such pet' }] })
    await expect(call('refuse')).rejects.toMatchObject({ code: -32_099, data: { why: 'because' } })
  })

  it('is searched and called from a completion', async () => {
    const { asked, entry } = await searchedApi()
    const provider = await startFakeProvider(
      calls([{ name: 'pets__search', args: { query: 'get a pet' } }]),
      calls([{ name: 'pets__describe', args: { names: ['getPet'] } }]),
      calls([{ name: 'pets__call', args: { name: 'getPet', arguments: { petId: 7 } } }]),
      says('It is Rex.'),
    )
    onTestFinished(() => provider.close())
    const models = { m: { provider: 'openai', baseUrl: provider.url, apiKey: 'k' } }
    const { url } = await servePatchbay({ pets: entry }, { models })
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'm',
        messages: [{ role: 'user', content: 'Who is pet 7?' }],
        tools: [{ type: 'mcp', server_label: 'all', server_url: 'patchbay/mcp', require_approval: 'never' }],
      }),
    })
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'It is Rex.' } }] })
    expect(asked).toEqual(['GET /pets/7'])
    expect(provider.received[0]?.body.tools).toHaveLength(3)
    const seen = provider.received.at(-1)?.body.messages.filter(({ role }) => role === 'tool')
    expect(seen?.map(({ content }) => String(content).includes('Rex') || String(content).includes('getPet'))).toEqual([
      true,
      true,
      true,
    ])
  })
})
