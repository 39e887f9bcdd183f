import { describe, expect, it, vi } from 'vitest'
import { GatewayError } from '../../src/core/errors.ts'
import type { Item } from '../../src/core/items.ts'
import type { Access } from '../../src/core/policy.ts'
import type { Scope } from '../../src/gateway/gateway.ts'
import type { FakeFeatures } from '../fakes/features.ts'
import { fakeFeatures } from '../fakes/features.ts'
import { fakeSource } from '../fakes/sources.ts'
import { context, open, scope } from './open.ts'

const prompt = (name: string): Item => ({ name, icons: [{ src: 'x' }] })
const resource = (uri: string): Item => ({ uri, name: 'r', 'x-unknown': 1 })
const template = (uriTemplate: string): Item => ({ uriTemplate, name: 't' })

function server(id: string, items: FakeFeatures['items'], tools: Parameters<typeof fakeSource>[1] = ['echo']) {
  const features = fakeFeatures(items)
  return Object.assign(fakeSource(id, tools), { features })
}

const notes = () =>
  server('notes', {
    prompts: [prompt('daily.note'), prompt('sum')],
    resources: [resource('file:///shared'), resource('note://1'), resource('ui://app/view')],
    resourceTemplates: [template('note://{id}/text'), template('file:///{path}')],
  })
const files = () =>
  server('files', {
    prompts: [prompt('sum')],
    resources: [resource('file:///shared'), resource('ui://app/view')],
    resourceTemplates: [template('file:///{path}')],
  })

const own: Scope['endpoint'] = { kind: 'source', id: 'notes' }

async function shown(gateway: ReturnType<typeof open>['gateway'], more: Partial<Scope> & { access?: Access } = {}) {
  const { items } = await gateway.list(scope(more))
  return {
    prompts: items.prompts.map(({ name }) => name),
    resources: items.resources.map(({ uri }) => uri),
    templates: items.resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  }
}

describe('prompts and resources', () => {
  it('are named like tools, and URIs that two servers have are qualified', async () => {
    const { gateway } = open([notes(), files()])
    expect(await shown(gateway)).toEqual({
      prompts: ['notes__daily_note', 'notes__sum', 'files__sum'],
      resources: [
        'patchbay://notes/file:///shared',
        'note://1',
        'ui://patchbay.notes/app/view',
        'patchbay://files/file:///shared',
        'ui://patchbay.files/app/view',
      ],
      templates: ['note://{id}/text', 'patchbay://notes/file:///{path}', 'patchbay://files/file:///{path}'],
    })
  })

  it('are what they are at the endpoint of their server, and where one server alone has them', async () => {
    const { gateway } = open([notes(), files()])
    const alone = {
      prompts: ['daily.note', 'sum'],
      resources: ['file:///shared', 'note://1', 'ui://app/view'],
      templates: ['note://{id}/text', 'file:///{path}'],
    }
    expect(await shown(gateway, { endpoint: own })).toEqual(alone)
    const single = open([notes()])
    expect(await shown(single.gateway)).toEqual({ ...alone, prompts: ['notes__daily_note', 'notes__sum'] })
  })

  it('keep their unknown fields', async () => {
    const { gateway } = open([notes()])
    const { items } = await gateway.list(scope())
    expect(items.prompts[0]).toEqual({ name: 'notes__daily_note', icons: [{ src: 'x' }] })
    expect(items.resources[0]).toEqual(resource('file:///shared'))
  })

  it.each<[string, Access, object]>([
    ['the sources of a key', { sources: ['files'] }, { prompts: ['files__sum'] }],
    [
      'the tools of a key, by the names of prompts',
      { tools: ['notes__*'] },
      { prompts: ['notes__daily_note', 'notes__sum'] },
    ],
    ['nothing else', { tools: ['nothing'] }, { prompts: [], resources: [], templates: [] }],
  ])('obey %s', async (_, access, expected) => {
    const { gateway } = open([notes(), files()])
    expect(await shown(gateway, { access })).toMatchObject(expected)
  })

  it('show a key with some tools the resources that these tools are shown with', async () => {
    const app = { name: 'show', _meta: { ui: { resourceUri: 'ui://app/view' } } }
    const { gateway } = open([server('notes', { resources: [resource('ui://app/view'), resource('note://1')] }, [app])])
    const access = { tools: ['notes__show'] }
    expect((await shown(gateway, { access })).resources).toEqual(['ui://app/view'])
    const reading = gateway.request(scope({ access }), 'resources/read', { uri: 'note://1' }, context)
    await expect(reading).rejects.toMatchObject({ code: 'ITEM_NOT_FOUND' })
  })

  it('are there although one of the lists fails, and that is told once', async () => {
    const source = server('notes', { prompts: new Error('broken'), resources: [resource('note://1')] })
    const { gateway, logged } = open([source])
    expect(await shown(gateway)).toEqual({ prompts: [], resources: ['note://1'], templates: [] })
    source.change()
    await vi.waitFor(() => expect(source.lists).toBe(2))
    expect(logged.filter(line => line.includes('broken'))).toHaveLength(1)
  })

  it('do not keep tools waiting, and come when they come', async () => {
    const source = server('notes', { resources: [resource('note://1')] })
    const slow = Promise.withResolvers<void>()
    const list = source.features.list.bind(source.features)
    source.features.list = async (kind, options) => {
      await slow.promise
      return list(kind, options)
    }
    const { gateway } = open([source])
    const view = await gateway.list(scope())
    expect([view.tools.length, view.items.resources]).toEqual([1, []])
    slow.resolve()
    await vi.waitFor(async () => expect((await shown(gateway)).resources).toEqual(['note://1']))
  })
})

describe('a list that comes late', () => {
  it('is taken, and read once more where its source has changed meanwhile, never twice at once', async () => {
    const source = server('notes', {})
    const slow = Promise.withResolvers<void>()
    let [runs, atOnce, most] = [0, 0, 0]
    source.features.list = async kind => {
      if (kind !== 'resources') return []
      runs += 1
      atOnce += 1
      most = Math.max(most, atOnce)
      const answer = [resource(runs === 1 ? 'x://old' : 'x://new')]
      if (runs === 1) await slow.promise
      atOnce -= 1
      return answer
    }
    const { gateway } = open([source])
    await gateway.list(scope())
    source.change()
    await vi.waitFor(() => expect(source.lists).toBe(2))
    source.change()
    await vi.waitFor(() => expect(source.lists).toBe(3))
    expect(runs).toBe(1)
    slow.resolve()
    await vi.waitFor(async () => expect((await shown(gateway)).resources).toEqual(['x://old']))
    await vi.waitFor(async () => expect((await shown(gateway)).resources).toEqual(['x://new']))
    expect([runs, most]).toEqual([2, 1])
  })

  it('is given up with its source', async () => {
    const source = server('notes', {})
    const slow = Promise.withResolvers<void>()
    source.features.list = async () => {
      await slow.promise
      return []
    }
    const { gateway } = open([source])
    await gateway.list(scope())
    source.change()
    await vi.waitFor(() => expect(source.lists).toBe(2))
    gateway.replace([], {})
    slow.resolve()
    await new Promise(resolve => setTimeout(resolve, 350))
    expect(source.lists).toBe(2)
  })
})

describe('a relayed request', () => {
  it.each<[string, Parameters<typeof relay>[1], object, string, object]>([
    [
      'a prompt',
      'prompts/get',
      { name: 'notes__daily_note', arguments: { a: '1' } },
      'notes',
      { name: 'daily.note', arguments: { a: '1' } },
    ],
    ['a resource', 'resources/read', { uri: 'note://1' }, 'notes', { uri: 'note://1' }],
    [
      'a qualified one',
      'resources/read',
      { uri: 'patchbay://files/file:///shared' },
      'files',
      { uri: 'file:///shared' },
    ],
    [
      'one that is not listed',
      'resources/read',
      { uri: 'patchbay://files/file:///other' },
      'files',
      { uri: 'file:///other' },
    ],
    ['one that a template stands for', 'resources/read', { uri: 'note://7/text' }, 'notes', { uri: 'note://7/text' }],
    [
      'the view of an app',
      'resources/read',
      { uri: 'ui://patchbay.files/app/view' },
      'files',
      { uri: 'ui://app/view' },
    ],
    [
      'the completion of a prompt',
      'completion/complete',
      { ref: { type: 'ref/prompt', name: 'files__sum' }, argument: { name: 'a', value: '' } },
      'files',
      { ref: { type: 'ref/prompt', name: 'sum' }, argument: { name: 'a', value: '' } },
    ],
    [
      'the completion of a template',
      'completion/complete',
      { ref: { type: 'ref/resource', uri: 'patchbay://notes/file:///{path}' }, argument: { name: 'path', value: '' } },
      'notes',
      { ref: { type: 'ref/resource', uri: 'file:///{path}' }, argument: { name: 'path', value: '' } },
    ],
  ])('for %s reaches its server in its own words', async (_, method, params, id, expected) => {
    const { requests } = await relay({}, method, params as never)
    expect(requests[id]).toEqual([{ method, params: expected }])
    expect(Object.values(requests).flat()).toHaveLength(1)
  })

  it.each<[string, Parameters<typeof relay>[1], object]>([
    ['a prompt', 'prompts/get', { name: 'sum' }],
    ['a resource', 'resources/read', { uri: 'file:///shared' }],
    ['a source that is not there', 'resources/read', { uri: 'patchbay://nobody/file:///shared' }],
    ['no URI', 'resources/read', {}],
    ['a completion', 'completion/complete', { ref: { type: 'ref/prompt', name: 'nobody' } }],
  ])('for %s that nobody has is an error', async (_, method, params) => {
    await expect(relay({}, method, params as never)).rejects.toMatchObject({ code: 'ITEM_NOT_FOUND' })
  })

  it('for a URI that two servers list reaches neither, whatever templates there are', async () => {
    const greedy = server('greedy', {
      resources: [resource('file:///shared')],
      resourceTemplates: [template('file:///{x}'), template('{+any}')],
    })
    const { gateway } = open([notes(), greedy])
    await gateway.list(scope())
    for (const uri of ['file:///shared', 'patchbay://nobody/file:///x']) {
      const reading = gateway.request(scope(), 'resources/read', { uri }, context)
      await expect(reading).rejects.toMatchObject({ code: 'ITEM_NOT_FOUND' })
    }
    expect(greedy.features.requests).toEqual([])
  })

  it('without a usable ref is refused', async () => {
    await expect(relay({}, 'completion/complete', { argument: {} })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('for what its server does not have names it as the caller does', async () => {
    const source = notes()
    const data = (uri: string) => ({ code: -32002, message: 'Resource not found', data: { uri, more: 1 } })
    source.features.onRequest = async () =>
      Promise.reject(new GatewayError('SOURCE_ERROR', 'no', { data: data('file:///shared') }))
    const { gateway } = open([source, files()])
    await gateway.list(scope())
    const uri = 'patchbay://notes/file:///shared'
    const reading = gateway.request(scope(), 'resources/read', { uri }, context)
    await expect(reading).rejects.toMatchObject({ code: 'SOURCE_ERROR', message: 'no', data: data(uri) })
  })

  it('never reaches a server that the caller may not see', async () => {
    const asking = relay({ access: { sources: ['files'] } }, 'resources/read', {
      uri: 'patchbay://notes/file:///shared',
    })
    await expect(asking).rejects.toMatchObject({ code: 'ITEM_NOT_FOUND' })
  })

  it('reads what one server alone may have, listed or not', async () => {
    const { requests } = await relay({ endpoint: own }, 'resources/read', { uri: 'odd://thing' })
    expect(requests.notes).toEqual([{ method: 'resources/read', params: { uri: 'odd://thing' } }])
  })

  it('gives the links of its result the URIs of the view', async () => {
    const [first, second] = [notes(), files()]
    first.features.onRequest = async () => ({
      contents: [{ uri: 'file:///shared' }, { uri: 'note://1' }, { uri: 'odd://x' }, { uri: 'https://example.com/x' }],
    })
    const { gateway } = open([first, second])
    const read = (more: Partial<Scope>) => gateway.request(scope(more), 'resources/read', { uri: 'note://1' }, context)
    expect(await read({})).toEqual({
      contents: [
        { uri: 'patchbay://notes/file:///shared' },
        { uri: 'note://1' },
        { uri: 'patchbay://notes/odd://x' },
        { uri: 'https://example.com/x' },
      ],
    })
    expect(await read({ endpoint: own })).toEqual({
      contents: [{ uri: 'file:///shared' }, { uri: 'note://1' }, { uri: 'odd://x' }, { uri: 'https://example.com/x' }],
    })
  })

  it('keeps the error of its server', async () => {
    const source = notes()
    const thrown = new GatewayError('SOURCE_ERROR', 'gone', { data: { code: -32002, message: 'gone' } })
    source.features.onRequest = async () => Promise.reject(thrown)
    const { gateway } = open([source])
    await expect(gateway.request(scope(), 'resources/read', { uri: 'note://1' }, context)).rejects.toBe(thrown)
  })
})

describe('the links of a tool', () => {
  it('lead to its own server', async () => {
    const [first, second] = [notes(), files()]
    first.onCall = async () => ({ content: [{ type: 'resource_link', uri: 'file:///shared', name: 'x' }] })
    const { gateway } = open([first, second])
    expect(await gateway.call(scope(), 'notes__echo', {}, context)).toEqual({
      content: [{ type: 'resource_link', uri: 'patchbay://notes/file:///shared', name: 'x' }],
    })
  })

  it('and the app that it is shown with too', async () => {
    const app = { name: 'show', _meta: { ui: { resourceUri: 'ui://app/view' } } }
    const { gateway } = open([server('notes', { resources: [resource('ui://app/view')] }, [app]), files()])
    const { tools } = await gateway.list(scope())
    expect(tools[0]?._meta).toEqual({ ui: { resourceUri: 'ui://patchbay.notes/app/view' } })
  })
})

describe('a subscription', () => {
  it('reaches its server, and updates come under the URI of the view', async () => {
    const [first, second] = [notes(), files()]
    const { gateway } = open([first, second])
    const updates: object[] = []
    const stop = await gateway.subscribe(scope(), 'patchbay://files/file:///shared', params => updates.push(params))
    expect([first.features.followed.size, [...second.features.followed.keys()]]).toEqual([0, ['file:///shared']])
    for (const tell of second.features.followed.get('file:///shared') ?? []) tell({ uri: 'file:///shared', extra: 1 })
    expect(updates).toEqual([{ uri: 'patchbay://files/file:///shared', extra: 1 }])
    stop()
    expect(second.features.followed.size).toBe(0)
  })

  it('goes on at the source that takes the place of the one it began at, and where its URI leads then, and its follower is told', async () => {
    const [before, after] = [notes(), notes()]
    const { gateway } = open([before])
    const updates: object[] = []
    const stop = await gateway.subscribe(scope(), 'file:///shared', params => updates.push(params))
    gateway.replace([{ source: after }], {})
    await vi.waitFor(() => expect(after.features.followed.size).toBe(1))
    expect(before.features.followed.size).toBe(0)
    for (const tell of after.features.followed.get('file:///shared') ?? []) tell({ uri: 'file:///shared', extra: 1 })
    // Another server has the same URI now, so that it is nobody's alone.
    const other = files()
    gateway.replace([{ source: after }, { source: other }], {})
    await vi.waitFor(() => expect(after.features.followed.size).toBe(0))
    gateway.replace([{ source: after }], {})
    await vi.waitFor(() => expect(after.features.followed.size).toBe(1))
    stop()
    gateway.replace([{ source: after }, { source: other }], {})
    expect([after.features.followed.size, other.features.followed.size]).toEqual([0, 0])
    const mayHaveChanged = { uri: 'file:///shared' }
    expect(updates).toEqual([mayHaveChanged, { uri: 'file:///shared', extra: 1 }, mayHaveChanged])
  })

  it('of what nobody has is an error', async () => {
    const { gateway } = open([notes(), files()])
    await expect(gateway.subscribe(scope(), 'odd://x', () => {})).rejects.toMatchObject({ code: 'ITEM_NOT_FOUND' })
  })
})

describe('log messages', () => {
  it('go to who sees their server, from the level on that each wants', async () => {
    const [first, second] = [notes(), files()]
    const { gateway } = open([first, second])
    await gateway.list(scope())
    const [all, some]: [object[], object[]] = [[], []]
    const stopAll = gateway.followLogs(scope(), 'debug', params => all.push(params))
    const stopSome = gateway.followLogs(scope({ endpoint: own }), 'error', params => some.push(params))
    expect([first.features.level, second.features.level]).toEqual(['debug', 'debug'])
    first.features.log({ level: 'info', data: 1 })
    first.features.log({ level: 'critical', data: 2 })
    second.features.log({ level: 'critical', data: 3 })
    expect(all).toEqual([
      { level: 'info', data: 1 },
      { level: 'critical', data: 2 },
      { level: 'critical', data: 3 },
    ])
    expect(some).toEqual([{ level: 'critical', data: 2 }])
    stopAll()
    expect([first.features.level, second.features.level]).toEqual(['error', undefined])
    stopSome()
    expect(first.features.level).toBeUndefined()
  })
})

async function relay(
  more: Partial<Scope> & { access?: Access },
  method: 'prompts/get' | 'resources/read' | 'completion/complete',
  params: Record<string, unknown>,
) {
  const sources = [notes(), files()]
  const { gateway } = open(sources)
  const result = await gateway.request(scope(more), method, params, context)
  return { result, requests: Object.fromEntries(sources.map(({ id, features }) => [id, features.requests])) }
}
