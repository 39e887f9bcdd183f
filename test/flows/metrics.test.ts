import { describe, expect, it } from 'vitest'
import { servePatchbay, stdioEntry } from './patchbay.ts'

const keys = { all: { key: 'a-key-that-may-do-everything' }, few: { key: 'a-key-for-one-server', servers: ['up'] } }

/** The lines of the text that begin so, without their order. */
const lines = (text: string, start: string): string[] => text.split('\n').filter(line => line.startsWith(start))

describe('metrics', () => {
  it('count calls by source and outcome, and requests by door', async () => {
    const { url } = await servePatchbay({ up: stdioEntry(), 'not-there': { command: 'no-such-program' } }, { keys })
    const ask = (path: string, key = keys.all.key, body?: object): Promise<Response> =>
      fetch(`${url}${path}`, {
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      })
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'up__echo', arguments: { text: 'a' } } }
    for (let round = 0; round < 3; round += 1) expect((await ask('/mcp', keys.few.key, call)).status).toBe(200)
    expect((await ask('/nothing/here')).status).toBe(404)

    const response = await ask('/metrics')
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text = await response.text()
    expect(lines(text, 'patchbay_calls_total{')).toContain('patchbay_calls_total{source="up",outcome="ok"} 3')
    expect(lines(text, 'patchbay_http_requests_total{')).toEqual(
      expect.arrayContaining([
        'patchbay_http_requests_total{door="mcp",status="2xx"} 3',
        'patchbay_http_requests_total{door="none",status="4xx"} 1',
      ]),
    )
    expect(lines(text, 'patchbay_call_duration_seconds_count')).toEqual([
      'patchbay_call_duration_seconds_count{source="up"} 3',
    ])
    expect(lines(text, 'patchbay_call_duration_seconds_bucket{le="+Inf"')).toEqual([
      'patchbay_call_duration_seconds_bucket{le="+Inf",source="up"} 3',
    ])
    expect(lines(text, 'patchbay_source_state')).toContain('patchbay_source_state{source="up",state="ready"} 1')
    expect(lines(text, 'process_resident_memory_bytes ')).toHaveLength(1)
    // Nothing that a client chose is a label, nor any secret.
    expect(text).not.toMatch(/nothing|echo|a-key/)
  })

  it('tell what stands open now', async () => {
    const { url } = await servePatchbay({ up: stdioEntry() }, { keys })
    const headers = {
      authorization: `Bearer ${keys.all.key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    const standing = async (): Promise<string[]> => {
      const text = await (await fetch(`${url}/metrics`, { headers })).text()
      return [...lines(text, 'patchbay_sessions '), ...lines(text, 'patchbay_streams ')]
    }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } }
    const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params }
    const welcome = await fetch(`${url}/mcp`, { method: 'POST', headers, body: JSON.stringify(initialize) })
    const session = { ...headers, 'mcp-session-id': welcome.headers.get('mcp-session-id') ?? '' }
    expect(await standing()).toEqual(['patchbay_sessions 1', 'patchbay_streams 0'])

    const stream = await fetch(`${url}/mcp`, { headers: session })
    expect(await standing()).toEqual(['patchbay_sessions 1', 'patchbay_streams 1'])

    await fetch(`${url}/mcp`, { method: 'DELETE', headers: session })
    await stream.text()
    expect(await standing()).toEqual(['patchbay_sessions 0', 'patchbay_streams 0'])
  })

  it('are told to nobody whose key is limited, and to nobody without one', async () => {
    const { url } = await servePatchbay({ up: stdioEntry() }, { keys })
    const ask = (headers: Record<string, string>): Promise<Response> => fetch(`${url}/metrics`, { headers })
    expect((await ask({})).status).toBe(401)
    expect((await ask({ 'x-api-key': keys.few.key })).status).toBe(403)
    expect((await ask({ 'x-api-key': keys.all.key })).status).toBe(200)
  })
})
