import { describe, expect, it } from 'vitest'
import { makeSlots } from '../../src/core/make-slots.ts'

const signal = new AbortController().signal
/** All promises that can settle without the world have settled. */
const settled = () => new Promise(resolve => setImmediate(resolve))

describe('makeSlots', () => {
  it('lets in so many at once, and the others in the order they came', async () => {
    const { take } = makeSlots(2)
    const log: string[] = []
    const enter = async (name: string) => {
      const leave = await take(signal, name)
      log.push(name)
      return leave
    }
    const [first] = [await enter('a'), await enter('b')]
    const [third, fourth] = [enter('c'), enter('d')]
    await settled()
    expect(log).toEqual(['a', 'b'])
    first()
    ;(await third)()
    await fourth
    expect(log).toEqual(['a', 'b', 'c', 'd'])
  })

  it('gives each who waits a turn, however many the others want', async () => {
    const { take, waiting } = makeSlots(1)
    const leave = await take(signal, 'first')
    const log: string[] = []
    const enter = async (name: string) => {
      const done = await take(signal, name, name[0])
      log.push(name)
      done()
    }
    const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map(enter)
    expect([waiting('a'), waiting('b'), waiting('x')]).toEqual([3, 2, 0])
    leave()
    await Promise.all(all)
    expect(log).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
    expect(waiting('a')).toBe(0)
  })

  it('gives no turn to who has gone away', async () => {
    const { take } = makeSlots(1)
    const leave = await take(signal, 'first')
    const abort = new AbortController()
    const gone = take(abort.signal, 'a', 'a')
    const next = take(signal, 'b', 'b')
    abort.abort()
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' })
    leave()
    ;(await next)()
    expect(await take(signal, 'c')).toBeTypeOf('function')
  })

  it('hands a slot over, so that nobody slips in between', async () => {
    const { take } = makeSlots(1)
    const leave = await take(signal, 'a')
    let inside = 1
    const enter = async () => {
      await take(signal, 'x')
      inside += 1
    }
    void enter()
    leave()
    void enter()
    await settled()
    expect(inside).toBe(2)
  })

  it('forgets who goes away while waiting', async () => {
    const { take } = makeSlots(1)
    const leave = await take(signal, 'a')
    const abort = new AbortController()
    const gone = take(abort.signal, 'the document')
    const next = take(signal, 'b')
    abort.abort()
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED', message: expect.stringContaining('the document') })
    leave()
    expect(await next).toBeTypeOf('function')
  })

  it('passes a slot on that was handed to one who went away in the same moment', async () => {
    const { take } = makeSlots(1)
    const leave = await take(signal, 'a')
    const abort = new AbortController()
    const gone = take(abort.signal, 'b')
    const next = take(signal, 'c')
    abort.abort()
    leave()
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await next).toBeTypeOf('function')
  })
})
