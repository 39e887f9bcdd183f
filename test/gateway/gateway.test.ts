import { describe, expect, it } from 'vitest'
import type { Caller } from '../../src/core/caller.ts'
import { localCaller } from '../../src/core/caller.ts'
import type { Endpoint } from '../../src/core/catalog.ts'
import type { ErrorCode } from '../../src/core/errors.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import type { Access } from '../../src/core/policy.ts'
import type { Scope } from '../../src/gateway/gateway.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { fakeSource } from '../fakes/sources.ts'
import { context, names, open, scope } from './open.ts'

describe('list', () => {
  const [pets, shop, mail] = [
    fakeSource('pets', ['list', 'feed']),
    fakeSource('shop', ['buy']),
    fakeSource('mail', ['send']),
  ]
  const groups = { home: ['pets', 'mail'] }

  it.each<[string, Partial<Scope> & { access?: Access }, string[]]>([
    ['everything at the aggregate', {}, ['pets__list', 'pets__feed', 'shop__buy', 'mail__send']],
    ['one source under its own names', { endpoint: { kind: 'source', id: 'pets' } }, ['list', 'feed']],
    ['a group', { endpoint: { kind: 'some', ids: ['pets', 'mail'] } }, ['pets__list', 'pets__feed', 'mail__send']],
    ['what the key may see', { access: { sources: ['shop'] } }, ['shop__buy']],
    ['tools that the key may see', { access: { tools: ['*__list', 'mail__*'] } }, ['pets__list', 'mail__send']],
    [
      'nothing of a source that the key may not see',
      { endpoint: { kind: 'source', id: 'pets' }, access: { sources: ['shop'] } },
      [],
    ],
    ['what it is narrowed to', { narrowedTo: ['shop'] }, ['shop__buy']],
    ['the group that it is narrowed to', { narrowedTo: ['home'] }, ['pets__list', 'pets__feed', 'mail__send']],
    ['never more by narrowing', { narrowedTo: ['pets', 'shop'], access: { sources: ['shop'] } }, ['shop__buy']],
    ['nothing for a name that nobody has', { narrowedTo: ['nobody'] }, []],
    ['nothing when narrowed to nothing', { narrowedTo: [] }, []],
  ])('shows %s', async (_, more, expected) => {
    const { gateway } = open([pets, shop, mail], groups)
    expect(await names(gateway, scope(more))).toEqual(expected)
  })

  it('gives the same view to the same access, until something changes', async () => {
    const { gateway } = open([pets])
    const first = await gateway.list(scope())
    expect(await gateway.list(scope({ caller: { id: 'other', access: {} } }))).toBe(first)
    gateway.replace([{ source: pets }, { source: shop }], {})
    expect(await gateway.list(scope())).not.toBe(first)
  })
})

describe('call', () => {
  it('reaches the tool under its own key, with arguments and context untouched', async () => {
    const source = fakeSource('pets', ['get.pet'])
    const { gateway } = open([source])
    const args = { id: 1 }
    const given = { ...context, meta: { traceparent: '00' } }
    await gateway.call(scope(), 'pets__get_pet', args, given)
    expect(source.calls).toEqual([{ key: 'get.pet', args, context: given }])
    await gateway.call(scope({ endpoint: { kind: 'source', id: 'pets' } }), 'get_pet', args, given)
    expect(source.calls).toHaveLength(2)
  })

  const limited: Caller = { id: 'key', access: { sources: ['shop'] } }
  it.each<[string, Scope, string]>([
    ['that nobody has', scope(), 'pets__nothing'],
    ['of a source that the key may not see', scope({ caller: limited }), 'pets__echo'],
    ['that the key may not see', scope({ access: { tools: ['shop__*'] } }), 'pets__echo'],
    ['that the narrowing leaves out', scope({ narrowedTo: ['shop'] }), 'pets__echo'],
    ['of another endpoint', scope({ endpoint: { kind: 'source', id: 'shop' } }), 'pets__echo'],
    ['under its own name at the aggregate', scope(), 'echo'],
    ['under its public name at its own endpoint', scope({ endpoint: { kind: 'source', id: 'pets' } }), 'pets__echo'],
    ['called like a property of every object', scope(), '__proto__'],
  ])('answers the same for a tool %s', async (_, given, name) => {
    const { gateway } = open([fakeSource('pets'), fakeSource('shop')])
    await expect(gateway.call(given, name, {}, context)).rejects.toMatchObject({
      code: 'TOOL_NOT_FOUND',
      message: `No tool is named "${name}" here. Call tools/list for the current names.`,
    })
  })

  it.each<ErrorCode>([
    'SOURCE_UNAVAILABLE',
    'SOURCE_TIMEOUT',
    'SOURCE_UNAUTHORIZED',
    'SOURCE_PROTOCOL',
    'DOCUMENT_UNREACHABLE',
  ])('turns %s into a failure that the model can read', async code => {
    const source = fakeSource('pets')
    source.onCall = () => Promise.reject(new GatewayError(code, '"pets" did not do it.'))
    const { gateway } = open([source])
    expect(await gateway.call(scope(), 'pets__echo', {}, context)).toEqual({
      isError: true,
      content: [{ type: 'text', text: '"pets" did not do it.' }],
      _meta: { 'patchbay/code': code },
    })
  })

  it.each([
    ['an error of the upstream', new GatewayError('SOURCE_ERROR', 'no', { data: { code: -32001, message: 'no' } })],
    ['a cancel', new GatewayError('CANCELLED', 'gone')],
    ['a fault of our own', new TypeError('oops')],
  ])('throws %s as it came', async (_, error) => {
    const source = fakeSource('pets')
    source.onCall = () => Promise.reject(error)
    const { gateway } = open([source])
    await expect(gateway.call(scope(), 'pets__echo', {}, context)).rejects.toBe(error)
  })

  it('hands a result on whole', async () => {
    const result = {
      content: [{ type: 'hologram', beam: 1 }],
      structuredContent: [1],
      extra: { a: 1 },
      _meta: { b: 2 },
    }
    const source = fakeSource('pets')
    source.onCall = async () => result
    const { gateway } = open([source])
    expect(await gateway.call(scope(), 'pets__echo', {}, context)).toBe(result)
  })
})

describe('endpoint', () => {
  const { gateway } = (() => {
    const made = createGateway(defaultLimits, () => {})
    made.replace([{ source: fakeSource('pets') }, { source: fakeSource('shop') }], { home: ['pets'], shop: ['pets'] })
    return { gateway: made }
  })()
  const limited: Caller = { id: 'key', access: { sources: ['shop'] } }

  it.each<[string, Caller, Endpoint]>([
    ['pets', localCaller, { kind: 'source', id: 'pets' }],
    ['home', localCaller, { kind: 'some', ids: ['pets'] }],
    ['shop', limited, { kind: 'source', id: 'shop' }],
  ])('finds %s', (name, caller, expected) => {
    expect(gateway.endpoint(name, caller)).toEqual(expected)
  })

  it.each([
    ['nothing', localCaller],
    ['constructor', localCaller],
    ['__proto__', localCaller],
    ['pets', limited],
    ['home', limited],
  ])('answers the same for "%s", whether it is not there or not allowed', (name, caller) => {
    expect(() => gateway.endpoint(name, caller)).toThrow(`No server or group is named "${name}".`)
  })
})
