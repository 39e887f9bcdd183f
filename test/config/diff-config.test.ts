import { describe, expect, it } from 'vitest'
import { diffSources } from '../../src/config/diff-config.ts'
import type { SourceConfig } from '../../src/core/source-config.ts'

const remote = (id: string, headers: Record<string, string> = {}): SourceConfig => ({
  id,
  kind: 'remote',
  url: 'https://h/mcp',
  transport: 'auto',
  headers,
  protocol: 'auto',
})
const ids = (sources: readonly SourceConfig[]): string[] => sources.map(({ id }) => id)

describe('diffSources', () => {
  it.each<[string, SourceConfig[], SourceConfig[], Record<string, string[]>]>([
    ['nothing', [], [], {}],
    ['the same', [remote('a')], [remote('a')], { unchanged: ['a'] }],
    ['the order of sources', [remote('a'), remote('b')], [remote('b'), remote('a')], { unchanged: ['b', 'a'] }],
    ['the order of keys', [remote('a', { x: '1', y: '2' })], [remote('a', { y: '2', x: '1' })], { unchanged: ['a'] }],
    ['a value deep inside', [remote('a', { x: '1' })], [remote('a', { x: '2' })], { changed: ['a'] }],
    ['a new id', [remote('a')], [remote('b')], { added: ['b'], removed: ['a'] }],
    ['an id that looks like a prototype', [], [remote('constructor')], { added: ['constructor'] }],
  ])('compares %s', (_, before, after, expected) => {
    const { added, removed, changed, unchanged } = diffSources(before, after)
    const got = { added: ids(added), removed: ids(removed), changed: ids(changed), unchanged: ids(unchanged) }
    expect(got).toEqual({ added: [], removed: [], changed: [], unchanged: [], ...expected })
  })

  it('gives what changed as it is now', () => {
    const now = remote('a', { x: '2' })
    expect(diffSources([remote('a')], [now]).changed[0]).toBe(now)
  })
})
