import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { localCaller } from '../../src/core/caller.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import type { SourceLock } from '../../src/core/lock.ts'
import type { SourceHealth } from '../../src/core/tool-source.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { fakeFeatures } from '../fakes/features.ts'
import type { FakeSource } from '../fakes/sources.ts'
import { fakeSource, neverListed } from '../fakes/sources.ts'
import { context, names, open, scope } from './open.ts'

describe('a source that cannot be listed', () => {
  it.each([
    ['hangs', neverListed],
    ['fails', new GatewayError('SOURCE_UNAVAILABLE', '"bad" is away.')],
  ])('and %s delays the list of the others no longer than the first wait', async (_, tools) => {
    const { gateway } = open([fakeSource('bad', tools), fakeSource('good')], {}, { firstListWaitMs: 200 })
    const started = performance.now()
    expect(await names(gateway)).toEqual(['good__echo'])
    expect(performance.now() - started).toBeLessThan(1_000)
    const again = performance.now()
    expect(await names(gateway)).toEqual(['good__echo'])
    expect(performance.now() - again).toBeLessThan(150)
  })

  it('and hangs does not delay a caller who has nothing to do with it, not even once', async () => {
    const { gateway } = open([fakeSource('bad', neverListed), fakeSource('good')], {}, { firstListWaitMs: 60_000 })
    expect(await names(gateway, scope({ endpoint: { kind: 'source', id: 'good' } }))).toEqual(['echo'])
    expect(await names(gateway, scope({ access: { sources: ['good'] } }))).toEqual(['good__echo'])
    expect(await names(gateway, scope({ narrowedTo: ['good'] }))).toEqual(['good__echo'])
    expect(await gateway.call(scope(), 'good__echo', {}, context)).toMatchObject({
      content: [{ text: 'good echo {}' }],
    })
  })

  it('and hangs does not delay a call to another source whose first list is on its way', async () => {
    const { gateway } = open([fakeSource('bad', neverListed), fakeSource('good')], {}, { firstListWaitMs: 60_000 })
    expect(await gateway.call(scope(), 'good__echo', {}, context)).toMatchObject({
      content: [{ text: 'good echo {}' }],
    })
    expect(await gateway.find(scope(), 'good__echo')).toMatchObject({ sourceId: 'good', key: 'echo' })
  })

  it('and hangs delays a call to a name that nobody has for the first wait, and then never again', async () => {
    const { gateway } = open([fakeSource('bad', neverListed), fakeSource('good')], {}, { firstListWaitMs: 200 })
    const refused = { code: 'TOOL_NOT_FOUND' }
    await expect(gateway.call(scope(), 'bad__echo', {}, context)).rejects.toMatchObject(refused)
    const again = performance.now()
    await expect(gateway.call(scope(), 'bad__echo', {}, context)).rejects.toMatchObject(refused)
    expect(performance.now() - again).toBeLessThan(150)
  })

  it('delays its own endpoint only in the time after it was added', async () => {
    const { gateway } = open([fakeSource('bad', neverListed)], {}, { firstListWaitMs: 200 })
    const own = scope({ endpoint: { kind: 'source', id: 'bad' } })
    expect(await names(gateway, own)).toEqual([])
    const again = performance.now()
    expect(await names(gateway, own)).toEqual([])
    await expect(gateway.call(own, 'echo', {}, context)).rejects.toMatchObject({ code: 'TOOL_NOT_FOUND' })
    expect(performance.now() - again).toBeLessThan(150)
  })

  it('any more keeps the last list that was good, with one line in the log', async () => {
    const source = fakeSource('pets')
    const { gateway, logged } = open([source], {}, { retryMinMs: 10, retryMaxMs: 20 })
    expect(await names(gateway)).toEqual(['pets__echo'])
    source.tools = new GatewayError('SOURCE_UNAVAILABLE', '"pets" is away.')
    source.change()
    await vi.waitFor(() => expect(source.lists).toBeGreaterThan(3), 2_000)
    expect(await names(gateway)).toEqual(['pets__echo'])
    expect(logged.filter(message => message.includes('away'))).toEqual(['"pets" could not be listed: it is away.'])
  })

  it('is listed again until it can be, though it says nothing itself', async () => {
    const source = fakeSource('pets', new GatewayError('DOCUMENT_UNREACHABLE', 'no'))
    const { gateway } = open([source], {}, { retryMinMs: 10, retryMaxMs: 20 })
    expect(await names(gateway)).toEqual([])
    source.tools = ['echo']
    await vi.waitFor(async () => expect(await names(gateway)).toEqual(['pets__echo']))
  })

  it('is given a signal that ends its list', async () => {
    const source = fakeSource('pets')
    let given: AbortSignal | undefined
    source.list = ({ signal }) => {
      given = signal
      return neverListed
    }
    open([source], {}, { startTimeoutMs: 5, listTimeoutMs: 5 })
    await vi.waitFor(() => expect(given?.aborted).toBe(true))
  })
})

describe('a change', () => {
  it('of a source reaches the list: what is new, and what is gone', async () => {
    const source = fakeSource('pets', ['a', 'b'])
    const { gateway } = open([source])
    expect(await names(gateway)).toEqual(['pets__a', 'pets__b'])
    const changed = new Promise<void>(resolve => void gateway.onChange(resolve))
    source.tools = ['b', 'c']
    source.change()
    await changed
    expect(await names(gateway)).toEqual(['pets__b', 'pets__c'])
    await expect(gateway.call(scope(), 'pets__a', {}, context)).rejects.toMatchObject({ code: 'TOOL_NOT_FOUND' })
  })

  it('that changes nothing is told to nobody', async () => {
    const source = fakeSource('pets', ['a'])
    const { gateway } = open([source])
    const before = await gateway.list(scope())
    const told = vi.fn()
    gateway.onChange(told)
    source.change()
    await vi.waitFor(() => expect(source.lists).toBe(2))
    await new Promise(resolve => setImmediate(resolve))
    expect(told).not.toHaveBeenCalled()
    expect(await gateway.list(scope())).toBe(before)
  })

  it('that is told 20,000 times is listed a few times, never twice at once', async () => {
    const source = fakeSource('pets')
    let [running, most] = [0, 0]
    const list = source.list.bind(source)
    source.list = async options => {
      running += 1
      most = Math.max(most, running)
      await new Promise(resolve => setTimeout(resolve, 10))
      running -= 1
      return list(options)
    }
    const { gateway } = open([source])
    await gateway.settled()
    for (let times = 0; times < 20_000; times += 1) source.change()
    await vi.waitFor(() => expect(source.lists).toBe(2), 2_000)
    expect(most).toBe(1)
  })

  it('long after the last list is listed at once, without a warning of Node', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const source = fakeSource('pets', ['a'])
    const { gateway } = open([source])
    await gateway.settled()
    await new Promise(resolve => setTimeout(resolve, 300))
    source.change()
    await vi.waitFor(() => expect(source.lists).toBe(2))
    expect(warned).not.toHaveBeenCalled()
  })

  it('of the configuration keeps the lists of sources that stay', async () => {
    const [pets, shop] = [fakeSource('pets'), fakeSource('shop')]
    const { gateway } = open([pets])
    await names(gateway)
    gateway.replace([{ source: pets, disallowedTools: ['nothing'] }, { source: shop }], { both: ['pets', 'shop'] })
    await gateway.settled()
    expect(await names(gateway, scope({ endpoint: gateway.endpoint('both', localCaller) }))).toEqual([
      'pets__echo',
      'shop__echo',
    ])
    expect([pets.lists, shop.lists]).toEqual([1, 1])
    gateway.replace([{ source: shop }], {})
    expect(await names(gateway)).toEqual(['shop__echo'])
    expect(gateway.health().map(({ id }) => id)).toEqual(['shop'])
  })

  it('of the rules of an entry shows at once, without a new list', async () => {
    const pets = fakeSource('pets', ['a', 'b'])
    const { gateway } = open([pets])
    await names(gateway)
    gateway.replace([{ source: pets, allowedTools: ['b'] }], {})
    expect([await names(gateway), pets.lists]).toEqual([['pets__b'], 1])
  })

  it('of a source that was replaced by one of its name comes from the new one', async () => {
    const [old, young] = [fakeSource('pets', ['a']), fakeSource('pets', ['b'])]
    const { gateway } = open([old])
    await names(gateway)
    gateway.replace([{ source: young }], {})
    await gateway.settled()
    old.change()
    expect([await names(gateway), old.lists]).toEqual([['pets__b'], 1])
    await gateway.call(scope(), 'pets__b', {}, context)
    expect([old.calls.length, young.calls.length]).toEqual([0, 1])
  })

  it('is told to nobody who stopped listening, and nothing happens after the end', async () => {
    const source = fakeSource('pets')
    const { gateway } = open([source])
    await gateway.settled()
    const told = vi.fn()
    gateway.onChange(told)()
    gateway.close()
    source.tools = ['other']
    source.change()
    await new Promise(resolve => setImmediate(resolve))
    expect([told.mock.calls.length, source.lists]).toEqual([0, 1])
  })
})

describe('a source whose list is large', () => {
  it('is named once, with the key that helps, in the log and in its health', async () => {
    const source = fakeSource('git', ['a', 'b', 'c'])
    const { gateway, logged } = open([source, fakeSource('pets')], {}, { suggestSearchTools: 2 })
    await gateway.settled()
    const told = () => logged.filter(message => message.includes('"mode": "search"'))
    expect(told()).toEqual([expect.stringContaining('"git" offers 3 tools')])
    source.tools = ['a', 'b', 'c', 'd']
    source.change()
    await vi.waitFor(async () => expect(await names(gateway)).toContain('git__d'), 2_000)
    expect(told()).toHaveLength(1)
    const [git, pets] = gateway.health()
    expect([git?.notice, pets?.notice]).toEqual([expect.stringContaining('4 tools'), undefined])
  })

  it('is not, where its entry lets few through', async () => {
    const logged: string[] = []
    const gateway = createGateway({ ...defaultLimits, suggestSearchTools: 2 }, (_, message) => logged.push(message))
    onTestFinished(() => gateway.close())
    gateway.replace([{ source: fakeSource('git', ['a', 'b', 'c']), allowedTools: ['a'] }], {})
    await gateway.settled()
    expect(logged.join()).not.toContain('search')
  })
})

describe('names of a lock', () => {
  const lockOf = (name: string, mode: SourceLock['mode'] = 'warn'): SourceLock => {
    const tools = new Map([['echo', { name, hash: 'h' }]])
    return { mode, entry: 'e', present: true, locked: { entry: 'e', prefix: 'pets', tools } }
  }
  const ledgerOf = (name: string) => {
    const map = new Map([['echo', name]])
    return { prefix: 'pets', prefixed: map, own: map }
  }

  it('win over those of an earlier run, and of this one once the lock is another', async () => {
    const source = fakeSource('pets')
    const { gateway } = open([])
    gateway.replace([{ source, ledger: ledgerOf('stored'), lock: lockOf('pets__first') }], {})
    expect(await names(gateway)).toEqual(['pets__first'])
    gateway.replace([{ source, ledger: ledgerOf('stored'), lock: lockOf('pets__second') }], {})
    expect(await names(gateway)).toEqual(['pets__second'])
    gateway.replace([{ source, lock: lockOf('pets__third', 'off') }], {})
    expect(await names(gateway)).toEqual(['pets__second'])
    gateway.replace([{ source, lock: lockOf('pets__third') }], {})
    expect(await names(gateway)).toEqual(['pets__third'])
  })
})

describe('a source that tells of no changes', () => {
  const quiet = (staleAfterMs: number | undefined) => {
    const source = fakeSource('pets')
    return Object.assign(source, { features: { ...fakeFeatures(), staleAfterMs: () => staleAfterMs } })
  }

  it('is listed anew when somebody asks for lists and its own is old, and who listens is told', async () => {
    const source = quiet(20)
    const { gateway } = open([source])
    let changes = 0
    expect(await names(gateway)).toEqual(['pets__echo'])
    gateway.onChange(() => {
      changes += 1
    })
    source.tools = ['echo', 'feed']
    await new Promise(resolve => setTimeout(resolve, 30))
    expect([source.lists, changes]).toEqual([1, 0])
    expect(await names(gateway)).toEqual(['pets__echo'])
    await vi.waitFor(() => expect(changes).toBe(1))
    expect(await names(gateway)).toEqual(['pets__echo', 'pets__feed'])
  })

  it('is listed once, however many ask', async () => {
    const source = quiet(1_000)
    const { gateway } = open([source])
    await names(gateway)
    await new Promise(resolve => setTimeout(resolve, 1_050))
    for (let asked = 0; asked < 10; asked += 1) await names(gateway)
    await vi.waitFor(() => expect(source.lists).toBe(2))
    await new Promise(resolve => setTimeout(resolve, 10))
    expect(source.lists).toBe(2)
  })

  it('is not listed for what others ask, nor while its list is young, nor where it tells of changes', async () => {
    const [old, young, telling] = [quiet(1), quiet(60_000), quiet(undefined)]
    const sources = [old, young, telling].map((source, at) => Object.assign(source as FakeSource, { id: `s${at}` }))
    const { gateway } = open(sources)
    await names(gateway)
    const before = sources.map(({ lists }) => lists)
    await new Promise(resolve => setTimeout(resolve, 20))
    await gateway.list({ caller: localCaller, endpoint: { kind: 'some', ids: ['s1', 's2'] } })
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(sources.map(({ lists }) => lists)).toEqual(before)
  })
})

describe('a source that is away', () => {
  const away = (since: number) =>
    ({
      state: 'failed',
      lastFailure: { stage: 'connection', message: 'gone', at: '', since: new Date(since).toISOString() },
    }) as const

  it('stays listed for a while, then leaves the lists with one line, and comes back with its next list', async () => {
    const source = fakeSource('pets')
    const { gateway, logged } = open([source, fakeSource('shop')], {}, { keepListMs: 200 })
    expect(await names(gateway)).toEqual(['pets__echo', 'shop__echo'])
    const gone = Date.now()
    source.health = () => away(gone)
    expect(await names(gateway)).toEqual(['pets__echo', 'shop__echo'])
    await vi.waitFor(async () => expect(await names(gateway)).toEqual(['shop__echo']))
    expect(Date.now() - gone).toBeGreaterThan(200)
    source.health = () => ({ state: 'ready' })
    source.change()
    await vi.waitFor(async () => expect(await names(gateway)).toEqual(['pets__echo', 'shop__echo']))
    expect(logged.filter(line => line.includes('keepListMs'))).toHaveLength(1)
  })

  it.each<[string, SourceHealth]>([
    ['works, whatever failed once', { ...away(0), state: 'ready' }],
    ['is degraded', { ...away(0), state: 'degraded' }],
    [
      'refuses calls without other credentials',
      { state: 'needs_auth', lastFailure: { ...away(0).lastFailure, stage: 'call' } },
    ],
    ['is still starting', { state: 'connecting' }],
    ['has only just gone', away(Date.now() + 60_000)],
  ])('is not meant where it %s', async (_, health) => {
    const source = fakeSource('pets')
    source.health = () => health
    const { gateway } = open([source], {}, { keepListMs: 50 })
    expect(await names(gateway)).toEqual(['pets__echo'])
    await new Promise(resolve => setTimeout(resolve, 150))
    expect(await names(gateway)).toEqual(['pets__echo'])
  })
})
