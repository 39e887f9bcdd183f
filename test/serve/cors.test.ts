import { expect, it } from 'vitest'
import { fakeSource } from '../fakes/sources.ts'
import { as, keys, legacy, openDoor, post } from './door.ts'

const page = 'https://app.example.com'
const guard = { allowedOrigins: [page] }
const asking = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type,authorization',
}

const preflight = async (url: string, headers: Record<string, string>, path = '/mcp') => {
  const answer = await fetch(`${url}${path}`, { method: 'OPTIONS', headers })
  await answer.text()
  return answer
}

it.each(['/mcp', '/mcp-rest/tools/call', '/v1/chat/completions'])(
  'the browser of a listed page is told at %s what it may send, without a key',
  async path => {
    const { url } = await openDoor([fakeSource('pets')], { keys, guard })
    const { status, headers } = await preflight(url, { origin: page, ...asking }, path)
    expect([status, Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-')))]).toEqual([
      204,
      {
        'access-control-allow-origin': page,
        'access-control-allow-methods': 'GET, POST, DELETE',
        'access-control-allow-headers': 'content-type,authorization',
        'access-control-max-age': '600',
        'access-control-expose-headers': expect.stringContaining('mcp-session-id'),
      },
    ])
  },
)

it('a listed page may read what it is answered, a refusal too', async () => {
  const { url } = await openDoor([fakeSource('pets')], { keys, guard })
  for (const [key, status] of [
    ['key-a', 200],
    ['nobody', 401],
  ] as const) {
    const answer = await post(`${url}/mcp`, legacy('tools/list'), { ...as(key), origin: page })
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, page])
    expect(answer.headers.get('vary')).toContain('origin')
  }
})

it('a long list varies by the page and by its coding', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `tool_${index}`)
  const { url } = await openDoor([fakeSource('pets', names)], { guard })
  const { headers } = await post(`${url}/mcp`, legacy('tools/list'), { origin: page })
  expect(headers.get('vary')?.split(', ').sort()).toEqual(['accept-encoding', 'origin'])
})

it('the page of the public URL is listed too', async () => {
  const { url } = await openDoor([fakeSource('pets')], { guard: { publicUrl: 'https://tools.example.com/x' } })
  const { status, headers } = await preflight(url, { origin: 'https://tools.example.com', ...asking })
  expect([status, headers.get('access-control-allow-origin')]).toEqual([204, 'https://tools.example.com'])
})

it.each([
  ['from elsewhere', 'https://evil.example', 403],
  ['in a sandbox', 'null', 403],
  ['on loopback, which nobody has listed', 'http://localhost:3000', 405],
])('a page %s is told nothing that lets it read', async (_, origin, status) => {
  const { url } = await openDoor([fakeSource('pets')], { guard })
  const asked = await preflight(url, { origin, ...asking })
  const answer = await post(`${url}/mcp`, legacy('tools/list'), { origin })
  expect(asked.status).toBe(status)
  for (const { headers } of [asked, answer]) expect(headers.get('access-control-allow-origin')).toBeNull()
})

it('a request from no page has no such headers', async () => {
  const { url } = await openDoor([fakeSource('pets')], { guard })
  const { headers } = await post(`${url}/mcp`, legacy('tools/list'))
  expect([...headers.keys()].filter(name => name.startsWith('access-'))).toEqual([])
})
