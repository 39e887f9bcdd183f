import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { calls, says, startFakeProvider } from '../fakes/openai-provider.ts'
import { servePatchbay } from './patchbay.ts'

const key = 'pb_11111abcde22222fghij'

/** An API that answers with the headers it saw. */
async function startApi(): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(request.headers))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const openapi = {
  openapi: '3.1.0',
  info: { title: 'Orders', version: '1' },
  security: [{ user: [] }],
  components: { securitySchemes: { user: { type: 'http', scheme: 'bearer' } } },
  paths: { '/orders': { get: { operationId: 'list' } } },
}

async function start(entry: object, rest: object = {}) {
  const baseUrl = await startApi()
  const more = { openapi, baseUrl }
  return servePatchbay(
    { orders: { ...more, ...entry }, 'orders-eu': { ...more, ...entry } },
    { keys: { me: { key } }, ...rest },
  )
}

const post = async (url: string, body: object, headers: object = {}) => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
    body: JSON.stringify(body),
  })
  return JSON.parse(await answer.text())
}

const call = async (url: string, name: string, headers: object) =>
  (await post(`${url}/mcp-rest/tools/call`, { name, arguments: {} }, headers)).structuredContent

describe("a caller's credential for one API", () => {
  it('reaches that API and no other, and the key of the gateway reaches none', async () => {
    const { url } = await start({ forwardHeaders: true })
    const headers = { 'x-mcp-orders-authorization': 'Bearer mine', 'x-mcp-orders-eu-x-tenant': 'eu' }
    const home = await call(url, 'orders__list', headers)
    expect(home.authorization).toBe('Bearer mine')
    const eu = await call(url, 'orders-eu__list', headers)
    expect([eu.authorization, eu['x-tenant']]).toEqual([undefined, 'eu'])
    expect(JSON.stringify([home, eu])).not.toContain(key)
    const stolen = await call(url, 'orders__list', { 'x-mcp-orders-authorization': `Bearer ${key}` })
    expect(stolen.authorization).toBeUndefined()
  })

  it("is LiteLLM's extra_headers by another name", async () => {
    const { url } = await start({ extra_headers: ['X-Tenant', 'Authorization'] })
    const seen = await call(url, 'orders__list', { 'x-tenant': 't', 'x-other': 'o' })
    expect([seen['x-tenant'], seen['x-other'], seen.authorization]).toEqual(['t', undefined, undefined])
  })

  it('may stand in the entry of a completion', async () => {
    const provider = await startFakeProvider(calls([{ name: 'list', args: {} }]), says('done'))
    onTestFinished(provider.close)
    const { url } = await start(
      { credentials: { user: { fromHeader: 'x-orders-token' } } },
      { models: { gpt: { provider: 'openai', baseUrl: `${provider.url}`, apiKey: 'k' } } },
    )
    await post(`${url}/v1/chat/completions`, {
      model: 'gpt',
      messages: [{ role: 'user', content: 'orders?' }],
      tools: [
        {
          type: 'mcp',
          server_url: 'patchbay/mcp/orders',
          require_approval: 'never',
          headers: { 'X-Orders-Token': 'mine', 'x-litellm-api-key': `Bearer ${key}` },
        },
      ],
    })
    const seen = JSON.stringify(provider.received.at(-1)?.body)
    expect(seen).toContain('Bearer mine')
    expect(seen).not.toContain(key)
  })
})

describe('the preview of an API', () => {
  it('says which of its schemes have a credential, and shows none', async () => {
    const { url } = await start({})
    const credentials = { user: 'canary-token' }
    const shown = await post(`${url}/mcp-rest/test/tools/list`, { openapi, credentials })
    expect(shown.securitySchemes).toEqual([
      { name: 'user', type: 'http', scheme: 'bearer', satisfied: true, how: 'credentials' },
    ])
    expect(JSON.stringify(shown)).not.toContain('canary')
  })
})
