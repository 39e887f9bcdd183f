import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Pool } from '../../src/gateway/keep-pool.ts'
import { keepPool } from '../../src/gateway/keep-pool.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A pool of names that tells which it has opened and shut. */
function open(maxPlaces = 4): { pool: Pool<{ name: string }>; opened: string[]; shut: string[]; use: Use } {
  const opened: string[] = []
  const shut: string[] = []
  const pool = keepPool<{ name: string }>({
    what: 'places',
    limit: 'limits.places',
    maxPlaces,
    idleMs: 1_000,
    shut: async ({ name }) => void shut.push(name),
  })
  const use: Use = (key, owner = 'a', work = async () => key) =>
    pool.use(
      key,
      owner,
      () => {
        opened.push(key)
        return { name: key }
      },
      work,
    )
  return { pool, opened, shut, use }
}

type Use = (key: string, owner?: string, work?: (value: { name: string }) => Promise<string>) => Promise<string>

const held = () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  return { work: () => promise, end: () => resolve('ended') }
}

describe('keepPool', () => {
  it('opens a key once and keeps it until nobody has used it for a while', async () => {
    const { opened, shut, use } = open()
    await Promise.all([use('x'), use('x')])
    await vi.advanceTimersByTimeAsync(999)
    await use('x')
    await vi.advanceTimersByTimeAsync(999)
    expect([opened, shut]).toEqual([['x'], []])
    await vi.advanceTimersByTimeAsync(1)
    expect(shut).toEqual(['x'])
    await use('x')
    expect(opened).toEqual(['x', 'x'])
  })

  it('keeps what is in use, however long', async () => {
    const { shut, use } = open()
    const { work, end } = held()
    const using = use('x', 'a', work)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(shut).toEqual([])
    end()
    await using
    await vi.advanceTimersByTimeAsync(1_000)
    expect(shut).toEqual(['x'])
  })

  it('gives up for a new one what its owner has not used for longest, at half of all places', async () => {
    const { shut, use } = open()
    for (const key of ['x', 'y', 'x', 'z']) await use(key)
    expect(shut).toEqual(['y'])
    await use('other', 'b')
    expect(shut).toEqual(['y'])
  })

  it('gives up what anyone has not used for longest when all places are taken', async () => {
    const { shut, use } = open()
    for (const [key, owner] of Object.entries({ x: 'a', y: 'b', z: 'c', u: 'd', v: 'e' })) await use(key, owner)
    expect(shut).toEqual(['x'])
  })

  it('refuses when everything that could give way is in use', async () => {
    const { shut, use } = open()
    const { work, end } = held()
    const using = [use('x', 'a', work), use('y', 'a', work)]
    await expect(use('z')).rejects.toMatchObject({
      code: 'LIMIT_REACHED',
      message: "All 2 of this caller's places are in use (limits.places). Try again when one has ended.",
    })
    const others = [use('z', 'b', work), use('u', 'c', work)]
    await expect(use('v', 'd')).rejects.toThrow('All 4 places are in use (limits.places).')
    end()
    await Promise.all([...using, ...others])
    expect(shut).toEqual([])
    expect(await use('v', 'd')).toBe('v')
  })

  it('shuts what is retired behind its last use, and opens another meanwhile', async () => {
    const { pool, opened, shut, use } = open()
    const { work, end } = held()
    const using = use('x', 'a', value => {
      pool.retire(value)
      return work()
    })
    await use('x')
    expect([opened, shut]).toEqual([['x', 'x'], []])
    end()
    await using
    expect(shut).toEqual(['x'])
  })

  it('counts what is retired and in use', async () => {
    const { pool, use } = open(2)
    const { work, end } = held()
    const using = use('x', 'a', value => {
      pool.retire(value)
      return work()
    })
    await expect(use('y')).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
    end()
    await using
    expect(await use('y')).toBe('y')
  })

  it('shuts everything once when it is closed, and is of no use then', async () => {
    const { pool, shut, use } = open()
    const { work, end } = held()
    const using = use('x', 'a', work)
    await use('y')
    await pool.close()
    expect(shut.toSorted()).toEqual(['x', 'y'])
    end()
    await using
    await vi.advanceTimersByTimeAsync(5_000)
    expect(shut).toHaveLength(2)
    await expect(use('z')).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' })
  })

  it('frees the place of a use that fails', async () => {
    const { shut, use } = open()
    await expect(use('x', 'a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(shut).toEqual(['x'])
  })
})
