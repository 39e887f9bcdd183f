import { describe, expect, it } from 'vitest'
import type { ItemKind } from '../../../src/core/items.ts'
import { featureConfig, featuresOf, never, nextChange, open } from './helpers.ts'

const call = { signal: never }
const eras = ['old', 'modern'] as const

describe.each(eras)('a server of the %s era', era => {
  it('lists all pages of its prompts, resources and templates, unknown fields kept', async () => {
    const features = featuresOf(open(featureConfig(era)))
    expect(await features.list('prompts', call)).toEqual(
      [0, 1, 2].map(page => ({ name: `p${page}`, arguments: [{ name: 'a' }], 'x-unknown': { kept: true } })),
    )
    expect(await features.list('resources', call)).toEqual([
      { uri: 'test://a', name: 'a', mimeType: 'text/plain', icons: [{ src: 'x' }] },
    ])
    expect(await features.list('resourceTemplates', call)).toEqual([{ uriTemplate: 'test://t/{id}', name: 't' }])
    expect(features.capabilities()).toMatchObject({ completions: {}, resources: { subscribe: true } })
  })

  it('lists nothing of what it does not declare, and is not asked', async () => {
    const source = open(featureConfig(era, 'tools-only'))
    for (const kind of ['prompts', 'resources', 'resourceTemplates'] as ItemKind[])
      expect(await featuresOf(source).list(kind, call)).toEqual([])
    expect(source.logged).toEqual([])
  })

  it('may have resources and know of no templates', async () => {
    const source = open(featureConfig(era, 'no-templates'))
    expect(await featuresOf(source).list('resourceTemplates', call)).toEqual([])
    expect(await featuresOf(source).list('resources', call)).toHaveLength(1)
    expect([source.logged, source.health().state]).toEqual([[], 'ready'])
  })

  it('gives prompts, resources and completions whole, without what belongs to the hop', async () => {
    const features = featuresOf(open(featureConfig(era)))
    const kept = era === 'modern' ? { _meta: { 'example.com/kept': 1 } } : {}
    const context = { ...call, meta: { traceparent: '00-ab' } }
    const { sent, ...prompt } = await features.request('prompts/get', { name: 'p0', arguments: { a: 'x' } }, context)
    expect(prompt).toEqual({ messages: [], 'x-unknown': [1], ...kept })
    expect(sent).toMatchObject({ name: 'p0', arguments: { a: 'x' }, _meta: { traceparent: '00-ab' } })
    expect(await features.request('resources/read', { uri: 'test://a' }, call)).toEqual({
      contents: [{ uri: 'test://a', text: 'hi', 'x-unknown': 1 }],
      ttlMs: 5,
      ...kept,
    })
    const steps: unknown[] = []
    const completing = { ...call, onProgress: ({ progress }: { progress: number }) => void steps.push(progress) }
    expect(await features.request('completion/complete', { ref: {}, argument: {} }, completing)).toEqual({
      completion: { values: ['x'], 'x-unknown': 1 },
      ...kept,
    })
    expect(steps).toEqual([1])
  })

  it('says that a resource is not there with the code of its era, which comes out whole', async () => {
    const reading = featuresOf(open(featureConfig(era))).request('resources/read', { uri: 'test://none' }, call)
    await expect(reading).rejects.toMatchObject({
      code: 'SOURCE_ERROR',
      data: { code: era === 'old' ? -32002 : -32602, message: 'Resource not found', data: { uri: 'test://none' } },
    })
  })

  it('has as long for a request as for a call, and is told when the caller goes away', async () => {
    const source = open(featureConfig(era, 'none', { timeoutMs: 300 }))
    const reading = (signal: AbortSignal) =>
      featuresOf(source).request('resources/read', { uri: 'test://wait' }, { signal })
    await expect(reading(never)).rejects.toMatchObject({
      code: 'SOURCE_TIMEOUT',
      message:
        '"fake" gave no answer to resources/read within 300 ms ("timeoutMs" of its entry, else limits.callTimeoutMs).',
    })
    await expect(reading(AbortSignal.timeout(30))).rejects.toMatchObject({ code: 'CANCELLED' })
    const { structuredContent } = await source.call('received', {}, call)
    expect(JSON.stringify(structuredContent).match(/"notifications\/cancelled"/g)).toHaveLength(2)
  })

  it.each(['prompts', 'resources', 'tools'])('tells that its %s have changed', async kind => {
    const source = open(featureConfig(era))
    await source.list(call)
    const changed = nextChange(source)
    await source.call('emit', { method: `notifications/${kind}/list_changed` }, call)
    await changed
  })
})

describe('a server that lists oddly', () => {
  it('has what is malformed or repeated left out, with one warning for each list', async () => {
    const source = open(featureConfig('old', 'bad-items'))
    expect(await featuresOf(source).list('prompts', call)).toEqual([{ name: 'good' }])
    expect(await featuresOf(source).list('resources', call)).toEqual([
      { uri: 'test://unnamed', name: 'test://unnamed' },
    ])
    expect(source.logged).toEqual([
      '"fake" lists 3 prompts that have no name or repeat one; they are left out, such as {"name":7}',
      '"fake" lists 1 resources that have no uri or repeat one; they are left out, such as {"name":"no uri"}',
    ])
  })

  it('has its list ended at a repeated cursor', async () => {
    const source = open(featureConfig('old', 'cursor-loop'))
    expect(await featuresOf(source).list('prompts', call)).toEqual([{ name: 'a' }])
    expect(source.logged.join()).toMatch(/repeats a cursor; the list ends at 1 prompt\b/)
  })

  it('is refused a list that is none, by name', async () => {
    const source = open(featureConfig('old', 'not-a-list'))
    await expect(featuresOf(source).list('prompts', call)).rejects.toMatchObject({
      code: 'SOURCE_PROTOCOL',
      message: '"fake" answered prompts/list without a list of prompts.',
    })
    expect(source.health().state).toBe('degraded')
  })
})
