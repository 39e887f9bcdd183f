import { describe, expect, it } from 'vitest'
import type { Endpoint, View } from '../../src/core/catalog.ts'
import { buildCatalog, viewOf } from '../../src/core/catalog.ts'
import type { Tool } from '../../src/core/tool.ts'
import type { McpEntry, ToolFilter } from '../../src/llm/select-tools.ts'
import { selectTools } from '../../src/llm/select-tools.ts'

const source = (id: string, ...tools: (string | Tool)[]) => ({
  id,
  tools: tools.map(tool => {
    const whole = typeof tool === 'string' ? { name: tool, inputSchema: { type: 'object' } } : tool
    return { key: whole.name, rank: whole.name, tool: whole }
  }),
})
const catalog = buildCatalog(
  [
    source('pets', 'list/all', 'get', { name: 'read', inputSchema: {}, annotations: { readOnlyHint: true } }),
    source('books', 'get', 'search'),
  ],
  {},
)
const view = (endpoint: Endpoint): View => viewOf(catalog, endpoint, {})
const all = view({ kind: 'all' })
const pets = view({ kind: 'source', id: 'pets' })
const books = view({ kind: 'source', id: 'books' })
const select = (entries: Partial<McpEntry>[], reserved: string[] = []) =>
  selectTools(
    entries.map(entry => ({ view: all, approval: 'never', ...entry })),
    new Set(reserved),
  )

describe('selectTools', () => {
  it("takes every tool of an entry's view under the names served there", () => {
    expect(select([{}]).map(tool => tool.name)).toEqual([
      'pets__get',
      'pets__list_all',
      'pets__read',
      'books__get',
      'books__search',
    ])
    expect(select([{ view: pets }]).map(tool => tool.name)).toEqual(['get', 'list_all', 'read'])
  })

  it('has the same order whatever the order in which a source lists its tools, for prompt caches', () => {
    const names = ['b', 'a/b', 'a.b', 'C', 'a_b', 'z']
    const ways = [names, names.toReversed(), names.toSorted()].map(names => {
      const one = viewOf(buildCatalog([source('shuffles', ...names)], {}), { kind: 'all' }, {})
      return select([{ view: one }]).map(tool => tool.definition.function.name)
    })
    expect(ways[1]).toEqual(ways[0])
    expect(ways[2]).toEqual(ways[0])
  })

  it.each<[string, ToolFilter, string[]]>([
    ["the source's own name", { toolNames: ['list/all'] }, ['pets__list_all']],
    ['the name without prefix', { toolNames: ['list_all'] }, ['pets__list_all']],
    ['the public name', { toolNames: ['pets__list_all', 'books__get'] }, ['pets__list_all', 'books__get']],
    ['a name that two sources have', { toolNames: ['get'] }, ['pets__get', 'books__get']],
    ['what only reads', { readOnly: true }, ['pets__read']],
    ['both', { readOnly: true, toolNames: ['get'] }, []],
    ['no name at all', { toolNames: [] }, []],
  ])('allows by %s', (_, allowed, names) => {
    expect(select([{ allowed }]).map(tool => tool.name)).toEqual(names)
  })

  it.each<[string, Partial<McpEntry>, string[]]>([
    ['by any of its names', { view: pets, denied: ['list/all', 'pets__get'] }, ['read']],
    ['also where it is allowed', { allowed: { toolNames: ['get'] }, denied: ['books__get'] }, ['pets__get']],
    ['of no name that is here', { view: pets, denied: ['nope'] }, ['get', 'list_all', 'read']],
  ])('leaves a tool out %s', (_, entry, names) => {
    expect(select([entry]).map(tool => tool.name)).toEqual(names)
  })

  it('applies the filter of one entry to that entry only', () => {
    const tools = select([{ view: pets, allowed: { toolNames: ['get'] } }, { view: books }])
    expect(tools.map(tool => [tool.name, tool.entry])).toEqual([
      ['get', 0],
      ['get_2', 1],
      ['search', 1],
    ])
  })

  it('gives a later tool of the same name a suffix, and never one that another tool has', () => {
    const clash = buildCatalog([source('a', 'x'), source('b', 'x', 'x_2')], {})
    const views = ['a', 'b'].map(id => ({ view: viewOf(clash, { kind: 'source', id }, {}) }))
    expect(select(views).map(tool => [tool.name, tool.servedAs])).toEqual([
      ['x', 'x'],
      ['x_3', 'x'],
      ['x_2', 'x_2'],
    ])
  })

  describe('of a server elsewhere', () => {
    const view = (label: string, ...tools: string[]): View =>
      viewOf(buildCatalog([source(label, ...tools)], {}), { kind: 'source', id: label }, {})
    const names = (entries: Partial<McpEntry>[], reserved?: string[]) =>
      select(entries, reserved).map(({ name, entry }) => [name, entry])

    it('takes the names as they are, made legal', () => {
      expect(names([{ view: view('wiki', 'search', 'read page'), elsewhere: 'x' }])).toEqual([
        ['read_page', 0],
        ['search', 0],
      ])
    })

    it('puts its label before a name that is taken, ours before theirs wherever they stand', () => {
      const wiki = { view: view('my wiki', 'get', 'search'), elsewhere: 'x' }
      expect(names([wiki, { view: pets }], ['search'])).toEqual([
        ['my_wiki__get', 0],
        ['my_wiki__search', 0],
        ['get', 1],
        ['list_all', 1],
        ['read', 1],
      ])
    })

    it('gives a suffix where that is taken as well', () => {
      const two = [1, 2].map(at => ({ view: view('wiki', 'get'), elsewhere: `${at}` }))
      expect(names([{ view: pets, allowed: { toolNames: ['get'] } }, ...two])).toEqual([
        ['get', 0],
        ['wiki__get', 1],
        ['wiki__get_2', 2],
      ])
    })

    it('is never taken for a source of ours that has its label', () => {
      const namesake = { view: view('pets', 'get'), elsewhere: 'x', approval: 'never' as const }
      const tools = select([namesake, { view: pets, approval: 'always' }])
      expect(tools.filter(({ servedAs }) => servedAs === 'get')).toMatchObject([
        { name: 'pets__get', entry: 0, needsApproval: false },
        { name: 'get', entry: 1, needsApproval: true },
      ])
    })

    it('is one server in two entries', () => {
      const wiki = { view: view('wiki', 'get'), elsewhere: 'x' }
      expect(names([wiki, wiki])).toEqual([['get', 0]])
    })
  })

  it('means by a name that is served the tool of that name, not one that its server calls so', () => {
    const mixed = buildCatalog([source('bank', 'pay'), source('evil', 'bank__pay', 'pay')], {})
    const whole = viewOf(mixed, { kind: 'all' }, {})
    const filter = { toolNames: ['bank__pay'] }
    expect(select([{ view: whole, allowed: filter }]).map(({ name }) => name)).toEqual(['bank__pay'])
    const asked = select([{ view: whole, approval: { never: filter } }])
    expect(asked.filter(({ needsApproval }) => !needsApproval).map(({ name }) => name)).toEqual(['bank__pay'])
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('takes %s for a name like any other', odd => {
    const views = viewOf(buildCatalog([source('odd', odd, 'z')], {}), { kind: 'source', id: 'odd' }, {})
    expect(select([{ view: views }]).map(({ name }) => name)).toEqual([odd, 'z'])
    expect(select([{ view: views, allowed: { toolNames: ['z'] } }]).map(({ name }) => name)).toEqual(['z'])
    expect(select([{ view: views, allowed: { toolNames: [odd] } }]).map(({ name }) => name)).toEqual([odd])
    expect(select([{ view: pets, allowed: { toolNames: [odd] } }])).toEqual([])
    expect(select([{ view: views }], [odd]).map(({ name }) => name)).toEqual([`${odd}_2`, 'z'])
  })

  it('compares each tool with a long filter once', () => {
    let read = 0
    const toolNames = Array.from({ length: 10_000 }, (_, at) => `name ${at}`)
    const counting = new Proxy(toolNames, {
      get: (list, key, receiver) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) read += 1
        return Reflect.get(list, key, receiver)
      },
    })
    select([{ allowed: { toolNames: counting }, approval: { never: { toolNames: counting } } }])
    expect(read).toBeLessThanOrEqual(2 * toolNames.length)
  })

  it("leaves the caller's names to the caller", () => {
    const tools = select([{ view: pets }], ['get', 'get_2'])
    expect(tools.map(tool => [tool.name, tool.servedAs])).toContainEqual(['get_3', 'get'])
    expect(tools[0]?.definition.function.name).toBe('get_3')
  })

  it('takes one tool once, with approval if either entry asks for it', () => {
    const tools = select([
      { view: pets },
      { view: pets, approval: { always: { toolNames: ['get'] }, never: { toolNames: ['read'] } } },
    ])
    expect(tools.map(tool => [tool.name, tool.needsApproval])).toEqual([
      ['get', true],
      ['list_all', true],
      ['read', false],
    ])
  })

  it.each<[string, McpEntry['approval'], boolean[]]>([
    ['always', 'always', [true, true, true]],
    ['never', 'never', [false, false, false]],
    ['nothing is said', {}, [true, true, true]],
    ['never for some', { never: { toolNames: ['pets__get'] } }, [false, true, true]],
    ['never for what only reads', { never: { readOnly: true } }, [true, true, false]],
    [
      'always wins over never',
      { always: { toolNames: ['get'] }, never: { toolNames: ['get', 'read'] } },
      [true, true, false],
    ],
  ])('asks for approval: %s', (_, approval, needs) => {
    expect(select([{ view: pets, approval }]).map(tool => tool.needsApproval)).toEqual(needs)
  })
})
