import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PassingStore } from '../../../../src/core/passing-store.ts'
import { openStore } from '../../../../src/store/open-store.ts'
import { passingMemory } from '../../../../src/store/passing-memory.ts'
import { calls, says } from '../../../fakes/openai-provider.ts'
import type { Input } from './responses-setup.ts'
import { ask, find, mcp, startResponses, typesOf } from './responses-setup.ts'

const add = calls([{ id: 'c1', name: 'add', args: { a: 2, b: 40 } }])

async function inFile(): Promise<() => Promise<PassingStore>> {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-responses-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return async () => {
    const store = await openStore({ path: join(folder, 'state.sqlite'), timeoutMs: 2_000, log: () => {} })
    onTestFinished(() => store.close())
    return store.passing
  }
}

describe('a response that is stored', () => {
  it('can be read again, and not once it is deleted', async () => {
    const { client, url } = await startResponses([add, says('It is 42.')])
    const response = await client.responses.create(ask([mcp()]))
    expect(await client.responses.retrieve(response.id)).toEqual(response)
    const deleted = await fetch(`${url}/v1/responses/${response.id}`, { method: 'DELETE' })
    expect(await deleted.json()).toEqual({ id: response.id, object: 'response', deleted: true })
    const gone = { status: 404, code: 'response_not_found', type: 'invalid_request_error' }
    await expect(client.responses.retrieve(response.id)).rejects.toMatchObject(gone)
    await expect(client.responses.delete(response.id)).rejects.toMatchObject(gone)
    await expect(client.responses.create(ask([], { previous_response_id: response.id }))).rejects.toMatchObject({
      status: 400,
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    })
  })

  it('has an id that nobody can guess', async () => {
    const { client } = await startResponses([says('a')])
    const ids = await Promise.all([1, 2, 3].map(async () => (await client.responses.create(ask([]))).id))
    expect(new Set(ids.map(id => id.slice(0, 12))).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^resp_[0-9a-f]{32}$/)
  })

  it('is of its caller alone', async () => {
    const { client, url } = await startResponses([says('a')])
    const response = await client.responses.create(ask([]))
    const other = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'other', maxRetries: 0 })
    await expect(other.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 })
    await expect(other.responses.delete(response.id)).rejects.toMatchObject({ status: 404 })
    await expect(other.responses.inputItems.list(response.id)).rejects.toMatchObject({ status: 404 })
    const asked = other.responses.create(ask([], { previous_response_id: response.id }))
    await expect(asked).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
    const reference: Input = { type: 'item_reference', id: String(response.output[0]?.id) }
    await expect(other.responses.create(ask([], { input: [reference] }))).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('send it itself'),
    })
    expect((await client.responses.retrieve(response.id)).id).toBe(response.id)
  })

  it('is gone on with after a restart', async () => {
    const open = await inFile()
    const first = await (
      await startResponses([add, says('It is 42.')], { store: await open() })
    ).client.responses.create(ask([mcp()]))
    const { client, provider } = await startResponses([says('Bye.')], { store: await open() })
    await client.responses.create(ask([mcp()], { input: 'bye', previous_response_id: first.id }))
    expect(provider.received[0]?.body.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'what is 2 and 40?'],
      ['assistant', null],
      ['tool', 'math__add ok'],
      ['assistant', 'It is 42.'],
      ['user', 'bye'],
    ])
  })

  it('goes on by its conversation, without its instructions and its list of tools', async () => {
    const { client, provider } = await startResponses([says('one')])
    const first = await client.responses.create(ask([mcp()], { instructions: 'Be brief.' }))
    const second = await client.responses.create(ask([mcp()], { input: 'two?', previous_response_id: first.id }))
    const docs = mcp({ server_label: 'd', server_url: 'patchbay/mcp/docs' })
    const third = await client.responses.create(
      ask([mcp(), docs], { input: 'three?', previous_response_id: second.id }),
    )
    expect([second, third].map(({ output }) => typesOf(output))).toEqual(['message', 'mcp_list_tools message'])
    expect(find(third.output, 'mcp_list_tools').server_label).toBe('d')
    expect(provider.received[2]?.body.messages.map(({ content }) => content)).toEqual([
      'what is 2 and 40?',
      'one',
      'two?',
      'one',
      'three?',
    ])
  })

  it('takes nothing from those that went on from it when it is deleted', async () => {
    const { client, provider } = await startResponses([says('one')])
    const first = await client.responses.create(ask([]))
    const second = await client.responses.create(ask([], { input: 'two?', previous_response_id: first.id }))
    await client.responses.delete(first.id)
    await client.responses.create(ask([], { input: 'three?', previous_response_id: second.id }))
    expect(provider.received[2]?.body.messages).toHaveLength(5)
  })

  it('gives its items by reference, each once', async () => {
    const { client, provider } = await startResponses([add, says('It is 42.')])
    const first = await client.responses.create(ask([mcp()]))
    const references = first.output.map((item): Input => ({ type: 'item_reference', id: String(item.id) }))
    const input: Input[] = [
      { role: 'user', content: 'what is 2 and 40?' },
      ...references,
      { role: 'user', content: 'bye' },
    ]
    await client.responses.create(ask([mcp()], { input }))
    await client.responses.create(
      ask([mcp()], { input: [...references, { role: 'user', content: 'bye' }], previous_response_id: first.id }),
    )
    const [, , stateless, chained] = provider.received.map(({ body }) => body.messages)
    expect(stateless?.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user'])
    expect(chained).toEqual(stateless)
  })

  it('lists its input in pages, the newest first', async () => {
    const { client, url } = await startResponses([says('one')])
    const input = ['a', 'b', 'c'].map((content): Input => ({ role: 'user', content }))
    const { id } = await client.responses.create(ask([], { input }))
    type Page = {
      data: { content: { text: string }[] }[]
      has_more: boolean
      last_id: string
      error: { param: string }
    }
    const page = async (query: string) =>
      (await (await fetch(`${url}/v1/responses/${id}/input_items?${query}`)).json()) as Page
    const textsOf = ({ data }: Page) => data.map(({ content }) => content[0]?.text)
    const first = await page('limit=2')
    expect([textsOf(first), first.has_more]).toEqual([['c', 'b'], true])
    const rest = await page(`limit=2&after=${first.last_id}`)
    expect([textsOf(rest), rest.has_more]).toEqual([['a'], false])
    expect(textsOf(await page('order=asc'))).toEqual(['a', 'b', 'c'])
    expect((await page('limit=1000')).error).toMatchObject({
      param: 'limit',
      message: expect.stringContaining('1 to 100'),
    })
    expect((await page('after=nope')).error.param).toBe('after')
  })

  it('cannot be streamed again', async () => {
    const { client } = await startResponses([says('one')])
    const { id } = await client.responses.create(ask([]))
    await expect(client.responses.retrieve(id, { stream: true })).rejects.toMatchObject({
      status: 400,
      param: 'stream',
    })
  })
})

describe('a response that is not stored', () => {
  it.each<[string, object, object]>([
    ['because its caller does not want it', { store: false }, {}],
    ['because it is too large', {}, { limits: { maxStoredResponseBytes: 100 } }],
    ['because nothing is stored here', {}, { limits: { maxStoredResponseBytes: 0 } }],
    ['because the store failed', {}, { store: { ...passingMemory(), set: async () => false } }],
  ])('says so and is not found, %s', async (_, fields, options) => {
    const { client } = await startResponses([says('one')], options)
    const response = await client.responses.create(ask([], fields))
    expect(response).toMatchObject({ store: false, status: 'completed' })
    await expect(client.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 })
  })

  it('makes way for later ones when there is no room', async () => {
    const { client } = await startResponses([says('one')], { limits: { maxStoredBytes: 3_000 } })
    const ids: string[] = []
    for (const _ of [1, 2, 3, 4]) ids.push((await client.responses.create(ask([]))).id)
    await expect(client.responses.retrieve(ids[0] ?? '')).rejects.toMatchObject({ status: 404 })
    expect((await client.responses.retrieve(ids[3] ?? '')).id).toBe(ids[3])
  })

  it('is told from a store that gives no answer', async () => {
    const store: PassingStore = { ...passingMemory(), get: async () => undefined, remove: async () => undefined }
    const { client } = await startResponses([says('one')], { store })
    const { id } = await client.responses.create(ask([]))
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({
      status: 500,
      message: expect.stringContaining('store gave no answer'),
    })
    await expect(client.responses.create(ask([], { previous_response_id: id }))).rejects.toMatchObject({ status: 500 })
  })
})
