import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SourceTool } from '../../../src/core/tool-source.ts'
import type { DocumentDiff } from '../../../src/sources/openapi/document-diff.ts'
import { describeDiff, diffDocuments, isEmptyDiff } from '../../../src/sources/openapi/document-diff.ts'
import { documentOf, read } from './helpers.ts'

type Operation = Readonly<{ operationId?: string; summary?: string; parameters?: object[] }>

/** The tools of a document with these operations: `get /a` to what it says of itself. */
function toolsOf(operations: Readonly<Record<string, Operation>>): readonly SourceTool[] {
  const paths: Record<string, Record<string, object>> = {}
  for (const [key, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = key.split(' ')
    paths[path] = { ...paths[path], [method]: { responses: {}, ...operation } }
  }
  return read(documentOf(paths)).tools
}

const limit = { name: 'limit', in: 'query', schema: { type: 'integer' } }
const nothing: DocumentDiff = { added: [], removed: [], changed: [], moved: [] }

describe('diffDocuments', () => {
  it.each<[string, Record<string, Operation>, Record<string, Operation>, Partial<DocumentDiff>]>([
    ['nothing', { 'get /a': {} }, { 'get /a': {} }, {}],
    ['an operation that is new', { 'get /a': {} }, { 'get /a': {}, 'get /b': {} }, { added: ['get /b'] }],
    ['one that is gone', { 'get /a': {}, 'get /b': {} }, { 'get /b': {} }, { removed: ['get /a'] }],
    ['another description', { 'get /a': { summary: 'A' } }, { 'get /a': { summary: 'B' } }, { changed: ['get /a'] }],
    ['another argument', { 'get /a': {} }, { 'get /a': { parameters: [limit] } }, { changed: ['get /a'] }],
    [
      'another operationId, which is another name',
      { 'get /a': { operationId: 'a' } },
      { 'get /a': { operationId: 'b' } },
      { changed: ['get /a'] },
    ],
    [
      'the order alone: nothing',
      { 'get /a': { operationId: 'a' }, 'get /b': { operationId: 'b' } },
      { 'get /b': { operationId: 'b' }, 'get /a': { operationId: 'a' } },
      {},
    ],
    [
      'an operationId under another path',
      { 'get /a': { operationId: 'a' } },
      { 'get /v2/a': { operationId: 'a', parameters: [limit] } },
      { moved: [{ from: 'get /a', to: 'get /v2/a' }] },
    ],
    [
      'an operationId under another method',
      { 'get /a': { operationId: 'a' } },
      { 'post /a': { operationId: 'a' } },
      { moved: [{ from: 'get /a', to: 'post /a' }] },
    ],
    [
      'the same definition under another path, without operationId',
      { 'get /a': { summary: 'All of A.', parameters: [limit] } },
      { 'get /b': { summary: 'All of A.', parameters: [limit] } },
      { moved: [{ from: 'get /a', to: 'get /b' }] },
    ],
    [
      'two of one definition: who became whom cannot be told',
      { 'get /a': { summary: 'Health.' }, 'get /b': { summary: 'Health.' } },
      { 'get /c': { summary: 'Health.' }, 'get /d': { summary: 'Health.' } },
      { added: ['get /c', 'get /d'], removed: ['get /a', 'get /b'] },
    ],
    [
      'two that change places: each has changed',
      { 'get /a': { operationId: 'a' }, 'get /b': { operationId: 'b' } },
      { 'get /a': { operationId: 'b' }, 'get /b': { operationId: 'a' } },
      { changed: ['get /a', 'get /b'] },
    ],
  ])('sees %s', async (_, before, after, expected) => {
    expect(await diffDocuments(toolsOf(before), toolsOf(after))).toEqual({ ...nothing, ...expected })
  })

  it('accounts for every tool once, and is empty exactly for the same tools', async () => {
    const operations = fc.dictionary(
      fc.constantFrom('get /a', 'get /b', 'post /b', 'get /c', 'put /d'),
      fc.record(
        { summary: fc.constantFrom('One.', 'Two.'), operationId: fc.constantFrom('x', 'y', 'z') },
        { requiredKeys: [] },
      ),
    )
    await fc.assert(
      fc.asyncProperty(operations, operations, async (first, second) => {
        const [before, after] = [toolsOf(first), toolsOf(second)]
        const { added, removed, changed, moved } = await diffDocuments(before, after)
        const kept = after.filter(({ key }) => before.some(old => old.key === key)).length
        expect(added.length + moved.length + kept).toBe(after.length)
        expect(removed.length + moved.length + kept).toBe(before.length)
        expect(changed.length).toBeLessThanOrEqual(kept)
        const same = (tools: readonly SourceTool[]) =>
          JSON.stringify(tools.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
        expect(isEmptyDiff({ added, removed, changed, moved })).toBe(same(before) === same(after))
      }),
    )
  })

  it('gives the order of keys no meaning', async () => {
    const tool = (inputSchema: object) => [
      { key: 'get /a', rank: '', tool: { name: 'a', inputSchema: { ...inputSchema } } },
    ]
    const [one, other] = [tool({ type: 'object', title: 'A' }), tool({ title: 'A', type: 'object' })]
    expect(await diffDocuments(one, other)).toEqual(nothing)
  })

  it('lets other work in between, however many tools there are', async () => {
    const many = () =>
      [...Array(1_000).keys()].map(index => ({
        key: `get /${index}`,
        rank: '',
        tool: { name: `t${index}`, inputSchema: {} },
      }))
    let turns = 0
    const count = () => {
      turns += 1
      next = setImmediate(count)
    }
    let next = setImmediate(count)
    expect(await diffDocuments(many(), many())).toEqual(nothing)
    clearImmediate(next)
    expect(turns).toBeGreaterThan(3)
  })
})

describe('describeDiff', () => {
  it.each<[Partial<DocumentDiff>, string]>([
    [{ added: ['get /a'] }, '1 added (get /a)'],
    [{ removed: ['a', 'b', 'c', 'd'], changed: ['e'] }, '4 removed (a, b, c, ...); 1 changed (e)'],
    [{ moved: [{ from: 'get /a', to: 'get /b' }] }, '1 moved (get /a to get /b)'],
  ])('says of %j: %s', (diff, text) => {
    expect(describeDiff({ ...nothing, ...diff })).toBe(text)
  })
})
