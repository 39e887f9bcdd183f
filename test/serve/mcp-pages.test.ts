import { describe, expect, it } from 'vitest'
import { fakeSource } from '../fakes/sources.ts'
import { legacy, namesOf, openDoor, post } from './door.ts'

describe('pages', () => {
  const five = () => fakeSource('p', ['a', 'b', 'c', 'd', 'e'])
  const read = async (url: string): Promise<string[][]> => {
    const pages: string[][] = []
    for (let cursor: string | undefined; ; ) {
      const answer = await post(`${url}/mcp`, legacy('tools/list', cursor === undefined ? {} : { cursor }))
      pages.push(namesOf(answer))
      cursor = answer.body.result.nextCursor
      if (cursor === undefined) return pages
    }
  }

  it('hold as many tools as they may, and end with the list', async () => {
    const { url } = await openDoor([five()], { limits: { pageSize: 2 } })
    expect(await read(url)).toEqual([['p__a', 'p__b'], ['p__c', 'p__d'], ['p__e']])
    expect((await read((await openDoor([five()], { limits: { pageSize: 5 } })).url)).length).toBe(1)
  })

  it('go on behind the last tool that was read, though the list has changed before it', async () => {
    const source = five()
    const { url, gateway } = await openDoor([source], { limits: { pageSize: 2 } })
    const first = await post(`${url}/mcp`, legacy('tools/list'))
    const changed = new Promise<void>(resolve => void gateway.onChange(resolve))
    source.tools = ['new', 'a', 'b', 'c']
    source.change()
    await changed
    const next = await post(`${url}/mcp`, legacy('tools/list', { cursor: first.body.result.nextCursor }))
    expect(namesOf(next)).toEqual(['p__c'])
  })

  it.each([
    ['text', 'garbage'],
    ['nothing', ''],
    ['a number', 7],
    ['null', null],
    ['JSON of another form', Buffer.from('{"a":1}').toString('base64url')],
    ['a negative place', Buffer.from('["p__a",-1]').toString('base64url')],
    ['half a place', Buffer.from('["p__a",1.5]').toString('base64url')],
  ])('have no cursor that is %s', async (_, cursor) => {
    const { url } = await openDoor([five()], { limits: { pageSize: 2 } })
    const answer = await post(`${url}/mcp`, legacy('tools/list', { cursor }))
    expect(answer.body.error).toEqual({
      code: -32602,
      message: 'The cursor is not one of ours. Start again without a cursor.',
      data: { code: 'CURSOR_INVALID' },
    })
  })

  it('beyond the end are empty', async () => {
    const { url } = await openDoor([five()], { limits: { pageSize: 2 } })
    const cursor = Buffer.from('["gone",999]').toString('base64url')
    expect((await post(`${url}/mcp`, legacy('tools/list', { cursor }))).body.result).toEqual({ tools: [] })
  })
})
