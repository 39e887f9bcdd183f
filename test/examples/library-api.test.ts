import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LibraryApi } from '../../examples/demo/library-api.ts'
import { startLibraryApi } from '../../examples/demo/library-api.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import type { ToolSource } from '../../src/core/tool-source.ts'
import { openApiSource } from '../../src/sources/openapi/open-api-source.ts'

const at = resolve(import.meta.dirname, '../../specs/library.json')
const signal = new AbortController().signal
let api: LibraryApi
let library: ToolSource

beforeAll(async () => {
  api = await startLibraryApi()
  library = openApiSource(
    { id: 'library', kind: 'openapi', document: { at }, baseUrl: api.url, headers: {} },
    { limits: defaultLimits },
  )
})
afterAll(async () => {
  await library.close()
  await api.close()
})

/** Calls a tool by the name the document gives it. */
async function call(name: string, args: Record<string, unknown> = {}) {
  const found = (await library.list({ signal })).find(({ tool }) => tool.name === name)
  if (found === undefined) throw new Error(`No tool ${name}`)
  return await library.call(found.key, args, { signal })
}

describe('the demo library', () => {
  it('offers ten tools', async () => {
    expect((await library.list({ signal })).map(({ tool }) => tool.name)).toEqual([
      ...['listBooks', 'createBook', 'getBook', 'deleteBook', 'updateBook'],
      ...['get_subjects', 'subjects.add', 'loans/list', 'loans/create', 'loans/return'],
    ])
    expect(library.health()).toMatchObject({ state: 'ready', details: { skipped: 0 } })
  })

  it('keeps the recursive subject as a definition', async () => {
    const { tool } = (await library.list({ signal })).find(({ key }) => key === 'post /subjects') ?? {}
    expect(tool?.inputSchema).toMatchObject({
      properties: { name: {}, narrower: { items: { $ref: '#/$defs/Subject' } } },
      $defs: { Subject: { properties: { narrower: { items: { $ref: '#/$defs/Subject' } } } } },
    })
  })

  it.each<[Record<string, unknown>, number]>([
    [{}, 8],
    [{ q: 'melville' }, 1],
    [{ available: false }, 1],
    [{ subject: ['Sea', 'Poetry'] }, 2],
    [{ offset: 0, limit: 1 }, 8],
  ])('searches its books: %j', async (args, total) => {
    expect((await call('listBooks', args)).structuredContent).toMatchObject({ total })
  })

  it('remembers what is added, changed and removed', async () => {
    const added = await call('createBook', { title: 'Emma', author: 'Jane Austen', year: 1815, copies: 0 })
    const { id: bookId } = added.structuredContent as { id: number }
    expect((await call('updateBook', { bookId, year: null, copies: 2 })).structuredContent).toMatchObject({
      year: null,
      available: 2,
    })
    expect((await call('deleteBook', { bookId })).content).toEqual([{ type: 'text', text: 'HTTP 204' }])
    expect(await call('getBook', { bookId })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^HTTP 404 Not Found \(GET \/books\/\{bookId\}\)\n.*no such book/) }],
    })
  })

  it('lends a book to a card, once, and takes it back, once', async () => {
    const card = { 'X-Library-Card': 'C-1001' }
    const { structuredContent } = await call('loans/create', { bookId: 2, ...card })
    expect(structuredContent).toMatchObject({ bookId: 2, card: 'C-1001', returned: false })
    const { id: loanId } = structuredContent as { id: number }
    expect((await call('loans/create', { bookId: 2, ...card })).content[0]?.text).toContain('HTTP 409')
    expect((await call('deleteBook', { bookId: 2 })).content[0]?.text).toContain('on loan')
    expect((await call('loans/list', { open: true })).structuredContent).toMatchObject([{ id: loanId }])
    expect((await call('loans/return', { loanId })).structuredContent).toMatchObject({ returned: true })
    expect((await call('loans/return', { loanId })).isError).toBe(true)
  })

  it('refuses what makes no sense', async () => {
    expect((await call('loans/create', { bookId: 1, 'X-Library-Card': 'me' })).content[0]?.text).toContain('HTTP 400')
    expect((await call('createBook', { title: 'Walden' })).content[0]?.text).toContain('"author"')
    const response = await fetch(`${api.url}/books`, { method: 'POST', body: '[' })
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
    expect((await fetch(`${api.url}/books?limit=0`)).status).toBe(400)
    expect((await fetch(`${api.url}/books`, { method: 'PUT' })).status).toBe(405)
    expect((await fetch(`${api.url}/nothing`)).status).toBe(404)
  })

  it('grows its tree of subjects', async () => {
    const subject = { name: 'Music', narrower: [{ name: 'Opera', narrower: [{ name: 'Arias' }] }] }
    expect((await call('subjects.add', subject)).structuredContent).toEqual(subject)
    expect((await call('get_subjects')).structuredContent).toMatchObject({ length: 3 })
    expect((await call('subjects.add', subject)).content[0]?.text).toContain('HTTP 409')
  })
})
