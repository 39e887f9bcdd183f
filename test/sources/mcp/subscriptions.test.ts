import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { callText, featureConfig, featuresOf, never, nextChange, open, receivedBy, until } from './helpers.ts'

const call = { signal: never }

const update = (uri: string) => ({
  method: 'notifications/resources/updated',
  params: { uri, 'x-kept': 1 },
})

describe('a resource of an old server', () => {
  it('is subscribed to once for all who follow it, and given up with the last', async () => {
    const source = open(featureConfig('old'))
    const seen: JsonObject[][] = [[], []]
    const stops = seen.map(list => featuresOf(source).subscribe('test://a', params => void list.push(params)))
    await until(async () => (await receivedBy(source, 'resources/subscribe')).length > 0)
    await source.call('emit', update('test://a'), call)
    await source.call('emit', update('test://other'), call)
    await source.call('emit', update('test://a/part'), call)
    const told = ['test://a', 'test://a/part'].map(uri => ({ uri, 'x-kept': 1 }))
    expect(seen).toEqual([told, told])
    stops[0]?.()
    stops[0]?.()
    await source.call('emit', update('test://a'), call)
    expect(seen.map(list => list.length)).toEqual([2, 3])
    expect(await receivedBy(source, 'resources/unsubscribe')).toEqual([])
    stops[1]?.()
    await until(async () => (await receivedBy(source, 'resources/unsubscribe')).length > 0)
    expect(await receivedBy(source, 'resources/subscribe')).toHaveLength(1)
  })

  it('is subscribed to again after the server was away, and its followers are told of a possible change', async () => {
    const source = open(featureConfig('old'))
    const seen: JsonObject[] = []
    featuresOf(source).subscribe('test://a', params => void seen.push(params))
    const pid = Number(await callText(source, 'pid'))
    const back = nextChange(source)
    process.kill(pid, 'SIGKILL')
    await back
    await until(async () => (await receivedBy(source, 'resources/subscribe')).length > 0)
    expect(seen).toEqual([{ uri: 'test://a' }])
  })

  it('that it refuses costs nothing else', async () => {
    const source = open(featureConfig('old', 'refuses-subscribe'))
    featuresOf(source).subscribe('test://a', () => {})
    await until(() => source.stderr.some(line => line.includes('no such resource')))
    expect([source.logged, source.health().state]).toEqual([[], 'ready'])
  })
})

describe('a modern server', () => {
  const listens = async (source: ReturnType<typeof open>): Promise<unknown[]> => {
    const { structuredContent } = await source.call('received', {}, call)
    return (structuredContent as { listens: unknown[] }).listens
  }
  const lists = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }

  it('is asked by one subscription for all that it declares, and anew when the set changes', async () => {
    const source = open(featureConfig('modern'))
    await until(async () => (await listens(source)).length > 0)
    expect(await listens(source)).toEqual([lists])
    let changes = 0
    source.onChange(() => {
      changes += 1
    })
    const seen: JsonObject[] = []
    const { subscribe } = featuresOf(source)
    const stops = ['test://b', 'test://a'].map(uri => subscribe(uri, params => void seen.push(params)))
    const both = { ...lists, resourceSubscriptions: ['test://a', 'test://b'] }
    await until(async () => JSON.stringify(await listens(source)) === JSON.stringify([both]))
    await source.call('emit', update('test://a'), call)
    expect(seen).toEqual([{ uri: 'test://a', 'x-kept': 1 }])
    for (const stop of stops) stop()
    await until(async () => JSON.stringify(await listens(source)) === JSON.stringify([lists]))
    // The new one stands before the old one is given up, so there was no time in which a change could be missed.
    expect(changes).toBe(0)
  })

  it('whose subscription was cut: it is asked again, and followers are told of a possible change', async () => {
    const source = open(featureConfig('modern'))
    const seen: JsonObject[] = []
    featuresOf(source).subscribe('test://a', params => void seen.push(params))
    await until(async () => JSON.stringify(await listens(source)).includes('test://a'))
    await source.call('end_listens', {}, call)
    await until(() => seen.length > 0)
    expect(seen).toEqual([{ uri: 'test://a' }])
    expect(JSON.stringify(await listens(source))).toContain('test://a')
  })

  it('is asked again after it was away', async () => {
    const source = open(featureConfig('modern'))
    featuresOf(source).subscribe('test://a', () => {})
    const pid = Number(await callText(source, 'pid'))
    const back = nextChange(source)
    process.kill(pid, 'SIGKILL')
    await back
    await until(async () => JSON.stringify(await listens(source)).includes('test://a'))
  })
})
