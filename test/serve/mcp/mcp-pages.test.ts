import { describe, expect, it } from 'vitest'
import { fakeFeatures } from '../../fakes/gateway-features.ts'
import { fakeSource } from '../../fakes/sources.ts'
import { legacy, namesOf, openDoor, post } from '../door.ts'

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

  it('begin anew with an empty cursor, which is one like any other', async () => {
    const { url } = await openDoor([five()], { limits: { pageSize: 2 } })
    expect(namesOf(await post(`${url}/mcp`, legacy('tools/list', { cursor: '' })))).toEqual(['p__a', 'p__b'])
  })

  it('beyond the end are empty', async () => {
    const source = five()
    const { url, gateway } = await openDoor([source], { limits: { pageSize: 4 } })
    const first = await post(`${url}/mcp`, legacy('tools/list'))
    const changed = new Promise<void>(resolve => void gateway.onChange(resolve))
    source.tools = ['other']
    source.change()
    await changed
    const { nextCursor: cursor } = first.body.result
    expect((await post(`${url}/mcp`, legacy('tools/list', { cursor }))).body.result).toEqual({ tools: [] })
  })

  it('have cursors that say nothing, and that open where the keys are shared', async () => {
    const stateKeys = ['k'.repeat(32)]
    const options = { limits: { pageSize: 2 }, stateKeys }
    const { url } = await openDoor([five()], options)
    const { nextCursor: cursor } = (await post(`${url}/mcp`, legacy('tools/list'))).body.result
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('p__b')
    const replica = await openDoor([five()], options)
    expect(namesOf(await post(`${replica.url}/mcp`, legacy('tools/list', { cursor })))).toEqual(['p__c', 'p__d'])
    const stranger = await openDoor([five()], { ...options, stateKeys: [] })
    const refused = await post(`${stranger.url}/mcp`, legacy('tools/list', { cursor }))
    expect(refused.body.error.data).toEqual({ code: 'CURSOR_INVALID' })
  })

  it.each([
    ['prompts/list', 'prompts', 'prompts'],
    ['resources/list', 'resources', 'resources'],
    ['resources/templates/list', 'resourceTemplates', 'resourceTemplates'],
  ] as const)('of %s are those of its own list', async (method, kind, field) => {
    const of = (name: string) => ({ name, uri: `x://${name}`, uriTemplate: `x://${name}/{id}`, 'x-kept': [1] })
    const features = fakeFeatures({ [kind]: ['a', 'b', 'c'].map(of) })
    const { url } = await openDoor([five()], { limits: { pageSize: 2 }, features })
    const first = await post(`${url}/mcp`, legacy(method))
    expect(first.body.result[field]).toEqual([of('a'), of('b')])
    const { nextCursor: cursor } = first.body.result
    features.items[kind] = ['new', 'a', 'b', 'late', 'c'].map(of)
    const second = await post(`${url}/mcp`, legacy(method, { cursor }))
    expect(second.body.result).toEqual({ [field]: [of('late'), of('c')] })
    const elsewhere = await post(`${url}/mcp`, legacy('tools/list', { cursor }))
    expect(elsewhere.body.error).toMatchObject({ code: -32602, data: { code: 'CURSOR_INVALID' } })
  })
})
