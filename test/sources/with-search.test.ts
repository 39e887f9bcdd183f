import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildCatalog } from '../../src/core/catalog.ts'
import { GatewayError } from '../../src/core/errors.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { Limits } from '../../src/core/limits.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import type { Tool } from '../../src/core/tool.ts'
import type { CallContext, SourceTool, ToolSource } from '../../src/core/tool-source.ts'
import type { SearchOptions } from '../../src/sources/with-search.ts'
import { withSearch } from '../../src/sources/with-search.ts'
import type { FakeSource } from '../fakes/sources.ts'
import { fakeSource } from '../fakes/sources.ts'

const signal = new AbortController().signal

const issue = { type: 'object', properties: { title: { type: 'string' }, body: {} }, required: ['title'] }
const tools: readonly Partial<Tool>[] = [
  { name: 'issues/create', description: 'Create an issue\n\nIn a repository.', inputSchema: issue },
  { name: 'issues/list', description: 'List issues', annotations: { readOnlyHint: true, destructiveHint: false } },
  { name: 'repos/delete', title: 'Delete a repository', annotations: { readOnlyHint: false, destructiveHint: true } },
]

function wrap(
  given: FakeSource['tools'] = tools,
  options: Partial<Omit<SearchOptions, 'limits'>> & { limits?: Partial<Limits> } = {},
): { inner: FakeSource; source: ToolSource } {
  const inner = fakeSource('git', given)
  const limits = { ...defaultLimits, ...options.limits }
  return { inner, source: withSearch(inner, { mode: 'search', prefix: () => 'git', ...options, limits }) }
}

/** What a gate answers, its JSON read. */
async function ask(source: ToolSource, gate: string, args: JsonObject = {}, more: Partial<CallContext> = {}) {
  const { content, isError } = await source.call(gate, args, { signal, ...more })
  const text = String(content[0]?.text)
  return isError === true ? text : JSON.parse(text)
}

const namesOf = (answer: { results: { name: string }[] }): string[] => answer.results.map(({ name }) => name)

describe('a source behind search', () => {
  it('lists three tools, whatever it has', async () => {
    const { source } = wrap()
    const listed = await source.list({ signal })
    expect(listed.map(({ key, gate, tool }) => [key, gate, tool.name])).toEqual([
      ['search', true, 'search'],
      ['describe', true, 'describe'],
      ['call', true, 'call'],
    ])
    expect(listed.map(({ tool }) => tool.annotations)).toMatchObject([
      { readOnlyHint: true },
      { readOnlyHint: true },
      { readOnlyHint: false, destructiveHint: true },
    ])
  })

  it('finds tools by words, with what is needed to choose one', async () => {
    const { source } = wrap()
    expect(await ask(source, 'search', { query: 'create issues' })).toEqual({
      total: 2,
      withSomeWordsOnly: 1,
      results: [
        { name: 'issues_create', about: 'Create an issue', required: ['title'] },
        { name: 'issues_list', about: 'List issues', readOnly: true },
      ],
      hint: expect.stringContaining('describe'),
    })
    expect((await ask(source, 'search', { query: 'delete' })).results).toEqual([
      { name: 'repos_delete', about: 'Delete a repository', destructive: true },
    ])
  })

  it.each([
    ['a slip of the pen', 'creat isue', 'issues_create'],
    ['the beginning of a word', 'repo', 'repos_delete'],
    ['the name of an argument', 'title', 'issues_create'],
    ["the source's own name", 'issues/list', 'issues_list'],
    ['the public name', 'git__issues_list', 'issues_list'],
    ['a whole question', 'How do I delete the repository?', 'repos_delete'],
  ])('finds by %s', async (_, query, name) => {
    expect(namesOf(await ask(wrap().source, 'search', { query }))[0]).toBe(name)
  })

  it('gives pages, and says how to go on', async () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ name: `item_${index}` }))
    const { source } = wrap(many)
    const first = await ask(source, 'search', { query: 'item' })
    expect([first.total, first.results.length]).toEqual([60, 10])
    expect(first.hint).toContain('"offset": 10')
    expect((await ask(source, 'search', { query: 'item', limit: 1000 })).results).toHaveLength(50)
    const all = [0, 50].map(offset => ask(source, 'search', { query: 'item', limit: 50, offset }))
    expect(new Set((await Promise.all(all)).flatMap(namesOf)).size).toBe(60)
  })

  it.each<[string, JsonObject, string]>([
    ['a query that is no text', { query: 7 }, '"query" must be text'],
    ['a limit of nothing', { query: 'a', limit: 0 }, '"limit" must be a number from 1 to 50'],
    ['an offset below zero', { query: 'a', offset: -1 }, '"offset" must be'],
    ['a group that is not there', { group: 'issue' }, 'Groups: "issues", "repos"'],
  ])('says what is wrong with %s', async (_, args, message) => {
    expect(await ask(wrap().source, 'search', args)).toContain(message)
  })

  it('says that nothing was found', async () => {
    expect(await ask(wrap().source, 'search', { query: 'xylophone' })).toMatchObject({ total: 0, results: [] })
  })

  it('lists groups without a query, and the tools of a group', async () => {
    const { source } = wrap()
    expect((await ask(source, 'search')).groups).toEqual([
      { group: 'issues', tools: 2 },
      { group: 'repos', tools: 1 },
    ])
    expect(namesOf(await ask(source, 'search', { group: 'Issues' }))).toEqual(['issues_create', 'issues_list'])
    expect(namesOf(await ask(source, 'search', { group: 'issues', query: 'list' }))[0]).toBe('issues_list')
  })

  it('describes tools, and gives names near to unknown ones', async () => {
    const { source } = wrap()
    const answer = await ask(source, 'describe', { names: ['issues_create', 'isues_list'] })
    expect(answer.tools).toEqual([{ name: 'issues_create', description: tools[0]?.description, inputSchema: issue }])
    expect(answer.unknown).toMatchObject([{ name: 'isues_list', nearest: expect.arrayContaining(['issues_list']) }])
    expect((await ask(source, 'describe', { name: 'issues_list' })).tools).toHaveLength(1)
    expect(await ask(source, 'describe', { names: [] })).toContain('"names" must be a list')
    expect(await ask(source, 'describe', { names: ['isues_list'] })).toContain('issues_list')
  })

  it('gives the name first of which an unknown one is a slip, whatever else its words fit', async () => {
    const things = [...Array(60).keys()].map(at => ({ name: `getThing${at}`, description: `Reads thing ${at}.` }))
    const { source } = wrap(things)
    const answer = await ask(source, 'call', { name: 'getThnig42', arguments: {} })
    expect(answer).toContain('No tool is named "getThnig42". Near it: "getThing42"')
  })

  it('keeps a description within its bytes', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [
        `p${index}`,
        { type: 'object', properties: { a: { enum: ['x'.repeat(200)] } } },
      ]),
    )
    const large = (name: string) => ({ name, inputSchema: { type: 'object', properties } })
    const { source } = wrap([large('a'), { name: 'b' }, { name: 'c', description: 'c'.repeat(1_900) }], {
      limits: { maxDescribeBytes: 2_000 },
    })
    const answer = await ask(source, 'describe', { names: ['a', 'c', 'b'] })
    expect(answer).toMatchObject({
      tools: [{ name: 'a', shortened: expect.any(String) }, { name: 'b' }],
      leftOut: ['c'],
    })
    expect(answer.tools[0].inputSchema.properties.p0).toEqual({ type: 'object' })
    expect(JSON.stringify(answer.tools).length).toBeLessThan(2_000)
  })

  it('counts unknown names and names left out, and gives every hint', async () => {
    const named = (name: string) => ({ name, description: 'd'.repeat(900) })
    const { source } = wrap(['a', 'b', 'c'].map(named), { limits: { maxDescribeBytes: 2_000 } })
    const unknown = Array.from({ length: 60 }, (_, index) => `nobody_${index}_${'x'.repeat(100)}`)
    const answer = await ask(source, 'describe', { names: ['a', 'b', 'c', ...unknown] })
    expect(answer).toMatchObject({ tools: [{ name: 'a' }], leftOut: ['b', 'c'] })
    expect(answer.hint).toMatch(/ask for the ones left out .* more names are unknown\. Only the first 50 names/)
    expect(JSON.stringify({ ...answer, hint: '' }).length).toBeLessThan(2_100)
  })

  it('calls a tool with everything that belongs to a call', async () => {
    const { inner, source } = wrap()
    const result = { content: [], structuredContent: { a: 1 }, isError: true, 'x-kept': 1 }
    inner.onCall = async () => result
    const onProgress = (): void => {}
    const context = { signal, meta: { trace: 1 }, onProgress }
    expect(await source.call('call', { name: 'issues_create', arguments: { title: 'x' } }, context)).toBe(result)
    expect(inner.calls).toEqual([{ key: 'issues/create', args: { title: 'x' }, context }])
  })

  it.each<[string, JsonObject, JsonObject]>([
    ['no arguments', { name: 'issues_list' }, {}],
    ['arguments as text', { name: 'issues_list', arguments: '{"a":1}' }, { a: 1 }],
    ['null', { name: 'issues_list', arguments: null }, {}],
  ])('understands %s', async (_, args, sent) => {
    const { inner, source } = wrap()
    await source.call('call', args, { signal })
    expect(inner.calls[0]?.args).toEqual(sent)
  })

  it('refuses a call that makes no sense, and calls nothing', async () => {
    const { inner, source } = wrap()
    expect(await ask(source, 'call', {})).toContain('"name" must be')
    expect(await ask(source, 'call', { name: 'issues_list', arguments: [1] })).toContain(
      '"arguments" must be an object',
    )
    expect(await ask(source, 'call', { name: 'issue_list' })).toContain('"issues_list"')
    expect(inner.calls).toEqual([])
  })

  it('passes on what the source throws', async () => {
    const { inner, source } = wrap()
    const error = new GatewayError('SOURCE_ERROR', 'no', { data: { code: -32_099 } })
    inner.onCall = () => Promise.reject(error)
    await expect(source.call('call', { name: 'issues_list' }, { signal })).rejects.toBe(error)
    inner.tools = error
    await expect(source.list({ signal })).rejects.toBe(error)
  })

  it('searches the new list when the source has changed', async () => {
    const { inner, source } = wrap()
    expect((await ask(source, 'search', { query: 'wiki' })).total).toBe(0)
    inner.tools = [...tools, { name: 'wiki/edit' }]
    inner.change()
    expect(namesOf(await ask(source, 'search', { query: 'wiki' }))).toEqual(['wiki_edit'])
    expect(inner.lists).toBe(2)
    inner.tools = new Error('away')
    inner.change()
    expect(namesOf(await ask(source, 'search', { query: 'wiki' }))).toEqual(['wiki_edit'])
  })

  it('keeps the names that it gave', async () => {
    const { inner, source } = wrap([{ name: 'a.b' }])
    expect(namesOf(await ask(source, 'search', { query: 'a.b' }))).toEqual(['a_b'])
    inner.tools = [{ name: 'a/b' }, { name: 'a.b' }]
    inner.change()
    await source.call('call', { name: 'a_b' }, { signal })
    expect(inner.calls[0]?.key).toBe('a.b')
  })
})

describe('a tool that moved', () => {
  it('keeps its name behind search', async () => {
    const { inner, source } = wrap()
    const listed = (key: string, formerKey?: string): SourceTool => ({
      key,
      rank: key,
      tool: { name: 'issues/create', inputSchema: { type: 'object' } },
      ...(formerKey !== undefined && { formerKey }),
    })
    inner.list = async () => [listed('post /issues')]
    expect(namesOf(await ask(source, 'search', { query: 'create' }))).toEqual(['issues_create'])
    inner.list = async () => [listed('post /v2/issues', 'post /issues')]
    inner.change()
    expect(namesOf(await ask(source, 'search', { query: 'create' }))).toEqual(['issues_create'])
  })
})

describe('rules that name tools', () => {
  it.each<[string, Partial<SearchOptions>]>([
    ['an allowed own name', { allowedTools: ['issues/*'] }],
    ['an allowed legal name', { allowedTools: ['issues_*'] }],
    ['an allowed public name', { allowedTools: ['git__issues_*'] }],
    ['a refused name', { disallowedTools: ['*delete'] }],
  ])('%s holds in search, description and call', async (_, rules) => {
    const { inner, source } = wrap(tools, rules)
    await expectOnlyIssues(source)
    expect(inner.calls).toEqual([])
  })

  it('hides and refuses what the caller may not use', async () => {
    const { inner, source } = wrap()
    await expectOnlyIssues(source, { permits: ({ name }) => name.startsWith('issues_') })
    expect(inner.calls).toEqual([])
  })

  async function expectOnlyIssues(source: ToolSource, more: Partial<CallContext> = {}): Promise<void> {
    expect((await ask(source, 'search', {}, more)).total).toBe(2)
    expect(namesOf(await ask(source, 'search', { query: 'repos_delete' }, more))).not.toContain('repos_delete')
    expect(await ask(source, 'search', { group: 'repos' }, more)).toContain('No group')
    expect(await ask(source, 'describe', { names: ['repos_delete'] }, more)).not.toContain('inputSchema')
    const refused = await ask(source, 'call', { name: 'repos/delete' }, more)
    expect(refused).toContain('No tool is named')
    expect(refused).not.toContain('"repos_delete"')
  }
})

describe('mode auto', () => {
  const auto = (given: FakeSource['tools'], options: Partial<SearchOptions> = {}) =>
    wrap(given, { mode: 'auto', ...options, limits: { suggestSearchTools: 2, suggestSearchTokens: 500 } })
  const keysOf = async (source: ToolSource) => (await source.list({ signal })).map(({ key }) => key)

  it('leaves a small list as it is, also for calls before it', async () => {
    const { inner, source } = auto(['search', 'b'])
    await source.call('search', { q: 1 }, { signal })
    expect(inner.calls).toMatchObject([{ key: 'search', args: { q: 1 } }])
    expect(await keysOf(source)).toEqual(['search', 'b'])
  })

  it.each<[string, FakeSource['tools']]>([
    ['many tools', ['a', 'b', 'c']],
    ['large tools', [{ name: 'a', description: 'x'.repeat(2_000) }]],
  ])('puts %s behind search', async (_, given) => {
    const { source } = auto(given)
    expect(await keysOf(source)).toEqual(['search', 'describe', 'call'])
    await expect(source.call('a', {}, { signal })).rejects.toMatchObject({ code: 'TOOL_NOT_FOUND' })
  })

  it('counts the tools that are offered', async () => {
    expect(await keysOf(auto(['a', 'b', 'c'], { allowedTools: ['a'] }).source)).toEqual(['a', 'b', 'c'])
  })
})

describe('any catalog', () => {
  it('is searched under the names of the endpoint of its source, and finds each tool first by its exact name', async () => {
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 80 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      fc
        .array(fc.constantFrom('get', 'list', 'Issue', '_', '/', 'the', 'a', '-', 'constructor'), {
          minLength: 1,
          maxLength: 6,
        })
        .map(parts => parts.join('')),
    )
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 12 }), async names => {
        const { inner, source } = wrap(names)
        const { entries } = buildCatalog([{ id: 'git', tools: await inner.list({ signal }) }], {})
        for (const { ownName, key } of entries) {
          expect(namesOf(await ask(source, 'search', { query: ownName, limit: 1 }))).toEqual([ownName])
          await source.call('call', { name: ownName }, { signal })
          expect(inner.calls.at(-1)?.key).toBe(key)
        }
      }),
      { numRuns: 60 },
    )
  })
})
