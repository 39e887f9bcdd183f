import { describe, expect, it } from 'vitest'
import { problemsOf, read } from './load.ts'

const entry = { url: 'https://h/mcp' }
const mcpServers = { pets: entry, shop: entry, 'my api': { ...entry, alias: 'api' }, off: { ...entry, disabled: true } }
const key = 'a-key-of-16-chars'

describe('groups', () => {
  it.each<[string, object, object]>([
    ['ids, in their order', { groups: { g: ['shop', 'pets'] } }, { g: ['shop', 'pets'] }],
    ['an id twice counts once', { groups: { g: ['pets', 'pets'] } }, { g: ['pets'] }],
    ['a group of nobody', { groups: { g: [] } }, { g: [] }],
    ['an alias, by either name', { groups: { g: ['api', 'my api'] } }, { g: ['api'] }],
    ['a disabled source drops out', { groups: { g: ['off', 'pets'] } }, { g: ['pets'] }],
  ])('%s', async (_, document, groups) => {
    expect((await read({ mcpServers, ...document })).groups).toEqual(groups)
  })

  it('are joined from the side of an entry too', async () => {
    const joining = { a: { ...entry, access_groups: ['g', 'new'] }, b: { ...entry, groups: ['g'] } }
    const config = await read({ mcpServers: { ...mcpServers, ...joining }, groups: { g: ['pets'] } })
    expect(config.groups).toEqual({ g: ['pets', 'a', 'b'], new: ['a'] })
  })

  it.each<[string, object, string]>([
    ['an unknown source', { groups: { g: ['pet'] } }, 'groups.g[0] names no source; did you mean "pets"?'],
    [
      'the name of a source',
      { groups: { pets: ['shop'] } },
      'groups.pets is the name of a source as well; rename one of them, since both are endpoints.',
    ],
    ['a name with a space', { groups: { 'a b': [] } }, 'groups["a b"] is no name for a group'],
    [
      'a joined name with a slash',
      { mcpServers: { a: { ...entry, access_groups: ['a/b'] } } },
      'mcpServers.a.access_groups[0] is no name for a group',
    ],
  ])('refuse %s', async (_, document, problem) => {
    expect(await problemsOf({ mcpServers, ...document })).toEqual([expect.stringContaining(problem)])
  })
})

describe('keys', () => {
  const groups = { g: ['pets', 'off'], none: [] }
  it.each<[string, object, object]>([
    ['no lists mean no limit', {}, {}],
    ['servers', { servers: ['pets'] }, { sources: ['pets'] }],
    ['groups become ids', { groups: ['g'] }, { sources: ['pets'] }],
    ['both together', { servers: ['shop'], groups: ['g'] }, { sources: ['shop', 'pets'] }],
    ['an alias by either name', { servers: ['my api', 'api'] }, { sources: ['api'] }],
    ['an empty list means nothing', { servers: [] }, { sources: [] }],
    ['an empty group means nothing, not everything', { groups: ['none'] }, { sources: [] }],
    ['only a disabled source means nothing', { servers: ['off'] }, { sources: [] }],
    ['tools', { tools: ['pets__*'] }, { tools: ['pets__*'] }],
  ])('%s', async (_, lists, access) => {
    const expected = [{ id: 'ci', key, access }]
    expect((await read({ mcpServers, groups, keys: { ci: { key, ...lists } } })).keys).toEqual(expected)
    expect((await read({ mcpServers, groups, keys: [{ id: 'ci', key, ...lists }] })).keys).toEqual(expected)
  })

  it.each<[string, object, string]>([
    [
      'an unknown source',
      { ci: { key, servers: ['pet'] } },
      'keys.ci.servers[0] names no source; did you mean "pets"?',
    ],
    ['an unknown group', { ci: { key, groups: ['h'] } }, 'keys.ci.groups[0] names no group. Known: "g", "none".'],
    ['a trap as a group', { ci: { key, groups: ['constructor'] } }, 'keys.ci.groups[0] names no group'],
    ['an empty key', { ci: { key: '' } }, 'keys.ci.key is empty.'],
    ['a short key', { ci: { key: 'a-key-of-15-cha' } }, 'keys.ci.key must have at least 16 characters.'],
    [
      'a key with a line break',
      { ci: { key: `${key}\n` } },
      'keys.ci.key may hold visible ASCII characters only, no spaces or line breaks.',
    ],
    [
      'a key of two characters',
      { ci: { key: 'bcbcbcbcbcbcbcbcbcbc' } },
      'keys.ci.key repeats too few characters; make a random one.',
    ],
    ['a key twice', { a: { key }, b: { key } }, 'keys.b.key is the same secret as that of another key.'],
    [
      'an id twice',
      [
        { id: 'a', key },
        { id: 'a', key: `${key}2` },
      ],
      'keys[1] has the id of another entry; each is unique.',
    ],
    ['an empty id', [{ id: '', key }], 'keys[0] needs its id: 1 to 200 characters without control characters.'],
  ])('refuse %s', async (_, keys, problem) => {
    expect(await problemsOf({ mcpServers, groups, keys })).toEqual([expect.stringContaining(problem)])
  })

  it.each([
    'changeme-changeme',
    'change-me-please-1234',
    'your-api-key-here',
    'sk-1234567890-secret',
    'REPLACE_THIS_SECRET',
  ])('refuse the placeholder %s', async placeholder => {
    expect(await problemsOf({ keys: { ci: { key: placeholder } } })).toEqual([
      'keys.ci.key is a placeholder; make a random one.',
    ])
  })

  it.each(['pb_4f0e8a5b2c91d7e63a', 'correct-horse-battery', 'sk-litellm-prod-8841'])('take %s', async good => {
    expect((await read({ keys: { ci: { key: good } } })).keys).toHaveLength(1)
  })
})
