import { describe, expect, it, vi } from 'vitest'
import { fakeSource } from '../../fakes/sources.ts'
import { hanging, legacy, modern, openDoor, post, postModern } from '../door.ts'

describe('a modern request', () => {
  it('is answered with what its era needs', async () => {
    const { url } = await openDoor([fakeSource('pets')])
    const meta = { 'io.modelcontextprotocol/serverInfo': { name: 'patchbay', version: '0' } }
    const list = await postModern(`${url}/mcp`, 'tools/list')
    expect(list.body.result).toEqual({
      resultType: 'complete',
      tools: [{ name: 'pets__echo', inputSchema: { type: 'object' } }],
      ttlMs: expect.any(Number),
      cacheScope: 'public',
      _meta: meta,
    })
    expect(list.headers.get('mcp-session-id')).toBeNull()
    const discover = await postModern(`${url}/mcp`, 'server/discover')
    expect(discover.body.result).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        completions: {},
        logging: {},
      },
      ttlMs: expect.any(Number),
      cacheScope: 'public',
      instructions: 'Tools.',
      _meta: meta,
    })
    const call = await postModern(`${url}/mcp`, 'tools/call', { name: 'pets__echo', arguments: { a: 1 } })
    expect(call.body.result).toEqual({
      content: [{ type: 'text', text: 'pets echo {"a":1}' }],
      resultType: 'complete',
      _meta: meta,
    })
  })

  const version = 'io.modelcontextprotocol/protocolVersion'
  const good = modern('tools/call', { name: 'pets__echo' })
  const unversioned = { ...legacy('tools/list'), params: { _meta: {} } }
  it.each<[string, object, Record<string, string>, number, number, RegExp]>([
    [
      'the version header is missing',
      good.body,
      { ...good.headers, 'mcp-protocol-version': '' },
      400,
      -32020,
      /mcp-protocol-version/,
    ],
    [
      'the version header differs',
      good.body,
      { ...good.headers, 'mcp-protocol-version': '2025-11-25' },
      400,
      -32020,
      /mcp-protocol-version differs/,
    ],
    [
      'the method header differs',
      good.body,
      { ...good.headers, 'mcp-method': 'tools/list' },
      400,
      -32020,
      /mcp-method differs/,
    ],
    ['the name header differs', good.body, { ...good.headers, 'mcp-name': 'other' }, 400, -32020, /mcp-name differs/],
    [
      'the name header is missing',
      good.body,
      { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' },
      400,
      -32020,
      /mcp-name is missing/,
    ],
    [
      'the revision is unknown',
      legacy('tools/list', { _meta: { [version]: '2099-01-01' } }),
      {},
      400,
      -32022,
      /2099-01-01/,
    ],
    [
      'the version in the body is missing',
      unversioned,
      { 'mcp-protocol-version': '2026-07-28' },
      400,
      -32602,
      /protocolVersion"\] is missing/,
    ],
    ['there is no _meta', legacy('tools/list'), { 'mcp-protocol-version': '2026-07-28' }, 400, -32602, /is missing/],
    ['discover comes bare', legacy('server/discover'), {}, 400, -32602, /is missing/],
    [
      'capabilities are missing',
      legacy('tools/list', { _meta: { [version]: '2026-07-28' } }),
      {},
      400,
      -32602,
      /clientCapabilities/,
    ],
    ['the method is unknown', modern('tasks/list').body, modern('tasks/list').headers, 404, -32601, /"tasks\/list"/],
    ['initialize is modern', modern('initialize').body, modern('initialize').headers, 404, -32601, /"initialize"/],
    [
      'the tool is unknown',
      modern('tools/call', { name: 'x' }).body,
      modern('tools/call', { name: 'x' }).headers,
      200,
      -32602,
      /No tool is named "x"/,
    ],
    [
      'arguments are a list',
      modern('tools/call', { name: 'pets__echo', arguments: [] }).body,
      good.headers,
      400,
      -32602,
      /must be an object/,
    ],
  ])('is refused when %s', async (_, body, headers, status, code, message) => {
    const { url } = await openDoor([fakeSource('pets')])
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
    const answer = await post(`${url}/mcp`, body, given)
    expect([answer.status, answer.body.id, answer.body.error.code]).toEqual([status, 1, code])
    expect(answer.body.error.message).toMatch(message)
  })

  it('of an unknown revision is told which ones there are', async () => {
    const { url } = await openDoor([])
    const answer = await post(`${url}/mcp`, legacy('tools/list', { _meta: { [version]: '2099-01-01' } }))
    expect(answer.body.error.data).toEqual({ supported: ['2026-07-28'], requested: '2099-01-01' })
  })

  it('whose header contradicts a revision that is not spoken is told of that first', async () => {
    const { url } = await openDoor([])
    const body = legacy('tools/list', { _meta: { [version]: '2099-01-01' } })
    const answer = await post(`${url}/mcp`, body, { 'mcp-protocol-version': '2026-07-28' })
    expect([answer.status, answer.body.error.code]).toEqual([400, -32020])
  })

  it('at the endpoint of one server is given the instructions of that server', async () => {
    const source = fakeSource('pets')
    source.health = () => ({ state: 'ready', details: { instructions: 'Feed them first.' } })
    const { url } = await openDoor([source, fakeSource('shop')])
    const { body, headers } = modern('server/discover')
    const at = async (path: string) => (await post(url + path, body, headers)).body.result.instructions
    expect([await at('/mcp/pets'), await at('/mcp/shop')]).toEqual(['Feed them first.', undefined])
    expect(await at('/mcp')).toEqual(expect.any(String))
  })

  const marked = {
    name: 'find',
    inputSchema: {
      type: 'object',
      properties: { region: { 'x-mcp-header': 'Region' }, deep: { properties: { n: { 'x-mcp-header': 'N' } } } },
    },
  }
  it.each<[string, object, Record<string, string>, number]>([
    ['the same', { region: 'eu' }, { 'mcp-param-region': 'eu' }, 200],
    ['the same, encoded', { region: 'süd' }, { 'mcp-param-region': '=?base64?c8O8ZA==?=' }, 200],
    ['a number', { deep: { n: 3 } }, { 'mcp-param-n': '3' }, 200],
    ['nothing for an absent argument', {}, {}, 200],
    ['nothing for a null', { region: null }, {}, 200],
    ['nothing', { region: 'eu' }, {}, 400],
    ['something else', { region: 'eu' }, { 'mcp-param-region': 'us' }, 400],
    ['something for an absent argument', {}, { 'mcp-param-region': 'eu' }, 400],
    ['something for a null', { region: null }, { 'mcp-param-region': 'null' }, 400],
    ['one of two', { region: 'eu', deep: { n: 3 } }, { 'mcp-param-region': 'eu' }, 400],
  ])('whose marked arguments have as headers %s is answered well or not', async (_, args, headers, status) => {
    const { url } = await openDoor([fakeSource('pets', [marked])])
    const request = modern('tools/call', { name: 'pets__find', arguments: args })
    const answer = await post(`${url}/mcp`, request.body, { ...request.headers, ...headers })
    expect([answer.status, answer.body.error?.code]).toEqual([status, status === 200 ? undefined : -32020])
  })

  it('is cancelled by closing its stream', async () => {
    const source = hanging()
    const { url } = await openDoor([source])
    const client = new AbortController()
    const { body, headers } = modern('tools/call', { name: 'pets__echo' })
    const call = fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: client.signal,
    })
    await vi.waitFor(() => expect(source.calls).toHaveLength(1))
    client.abort()
    await expect(call).rejects.toThrow()
    await vi.waitFor(() => expect(source.calls[0]?.context.signal.aborted).toBe(true))
  })
})
