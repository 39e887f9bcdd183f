import { describe, expect, it, vi } from 'vitest'
import { sealedIds } from '../../../src/serve/mcp/session-ids.ts'
import { createSealer } from '../../../src/serve/seal.ts'
import { fakeSource } from '../../fakes/sources.ts'
import { as, initialize, keys, legacy, namesOf, openDoor, post } from '../door.ts'

const secret = 'a-secret-of-at-least-32-characters'
const day = 86_400_000

describe('a session with sealed ids', () => {
  const open = () => openDoor([fakeSource('shop')], { keys, sessionIds: sealedIds(createSealer([secret]), day) })
  const list = (url: string, id: string, key: string) =>
    post(`${url}/mcp`, legacy('tools/list'), { 'mcp-session-id': id, ...as(key) })

  it('goes on at another replica, with what its client declared', async () => {
    const [one, two] = [await open(), await open()]
    const id = await initialize(`${one.url}/mcp`, as('key-a'), { elicitation: {} })
    expect(namesOf(await list(two.url, id, 'key-a'))).toEqual(['shop__echo'])
    expect(namesOf(await list(one.url, id, 'key-a'))).toEqual(['shop__echo'])
  })

  it('is nothing to another caller, nor after its client has ended it', async () => {
    const { url } = await open()
    const id = await initialize(`${url}/mcp`, as('key-a'))
    expect((await list(url, id, 'key-b')).status).toBe(404)
    const headers = { 'mcp-session-id': id, authorization: 'Bearer key-a' }
    expect((await fetch(`${url}/mcp`, { method: 'DELETE', headers })).status).toBe(200)
    expect((await list(url, id, 'key-a')).status).toBe(404)
  })

  it('is nothing where the keys are others, or the id was changed', async () => {
    const one = await open()
    const other = createSealer(['another-secret-of-at-least-32-chars'])
    const two = await openDoor([fakeSource('shop')], { keys, sessionIds: sealedIds(other, day) })
    const id = await initialize(`${one.url}/mcp`, as('key-a'))
    expect((await list(two.url, id, 'key-a')).status).toBe(404)
    expect((await list(one.url, `${id.slice(0, -2)}AA`, 'key-a')).status).toBe(404)
    expect((await list(one.url, 'x'.repeat(5_000), 'key-a')).status).toBe(404)
  })
})

describe('a sealed id', () => {
  it('says what was declared until it is too old', () => {
    const now = vi.fn(() => 0)
    const ids = sealedIds(createSealer([secret]), 1_000, now)
    const id = ids.make('ci', { capabilities: { roots: {} }, revision: '2025-03-26' })
    expect(id).toMatch(/^[\x21-\x7e]{1,1024}$/)
    now.mockReturnValue(1_000)
    expect(ids.open(id, 'ci')).toEqual({ capabilities: { roots: {} }, revision: '2025-03-26' })
    now.mockReturnValue(1_001)
    expect(ids.open(id, 'ci')).toBeUndefined()
  })

  it('is opened with an older key too, while it is there', () => {
    const old = sealedIds(createSealer([secret]), day).make('ci', { capabilities: {} })
    const rotated = createSealer(['a-new-secret-of-at-least-32-chars', secret])
    expect(sealedIds(rotated, day).open(old, 'ci')).toEqual({ capabilities: {} })
  })
})
