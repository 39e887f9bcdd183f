import { describe, expect, it } from 'vitest'
import type { OpenApiConfig } from '../../../../src/core/source-config.ts'
import { documentOf, read, reasonsOf } from '../helpers.ts'

const document = documentOf({
  '/repos': { get: { operationId: 'repos/list', tags: ['repos'] } },
  '/repos/{owner}/{repo}/issues': {
    get: { operationId: 'issues/list', tags: ['issues'] },
    post: { operationId: 'issues/create', tags: ['issues'], deprecated: true },
  },
  '/repos/{owner}/{repo}/issues/{id}': { delete: { operationId: 'issues/delete', tags: ['issues', 'admin'] } },
  '/user': { put: {} },
})

const offered = (config: Partial<OpenApiConfig>): string =>
  read(document, config)
    .tools.map(({ key }) => key.replace('/repos/{owner}/{repo}/', '.../'))
    .join(', ')

describe('which operations become tools', () => {
  it.each<[string, Partial<OpenApiConfig>, string]>([
    ['all', {}, 'get /repos, get .../issues, post .../issues, delete .../issues/{id}, put /user'],
    ['a tag', { include: { tags: ['repos'] } }, 'get /repos'],
    ['tags by pattern', { include: { tags: ['a*', 'r*'] } }, 'get /repos, delete .../issues/{id}'],
    ['methods in any case', { include: { methods: ['PUT', 'delete'] } }, 'delete .../issues/{id}, put /user'],
    ['a path', { include: { paths: ['/repos'] } }, 'get /repos'],
    ['paths one segment long', { include: { paths: ['/*'] } }, 'get /repos, put /user'],
    [
      'a path and all below',
      { include: { paths: ['/repos/*/*/issues/**'] } },
      'get .../issues, post .../issues, delete .../issues/{id}',
    ],
    ['operationIds by pattern', { include: { operations: ['issues/*e'] } }, 'post .../issues, delete .../issues/{id}'],
    ['method and path', { include: { operations: ['put /user'] } }, 'put /user'],
    ['lists together', { include: { tags: ['issues'], methods: ['get'] } }, 'get .../issues'],
    [
      'exclude wins',
      { include: { tags: ['issues'] }, exclude: { tags: ['admin'] } },
      'get .../issues, post .../issues',
    ],
    [
      'each list of exclude takes away',
      { exclude: { tags: ['admin'], deprecated: true } },
      'get /repos, get .../issues, put /user',
    ],
    ['only deprecated ones', { include: { deprecated: true } }, 'post .../issues'],
    ['an empty list lets nothing through', { include: { tags: [] } }, ''],
    ['only what reads', { readOnly: true }, 'get /repos, get .../issues'],
    [
      'only what reads, by override',
      { readOnly: true, overrides: { 'put /user': { readOnly: true }, 'repos/list': { readOnly: false } } },
      'get .../issues, put /user',
    ],
    [
      'what is hidden',
      { overrides: { 'issues/list': { hidden: true }, 'GET /repos': { hidden: true } } },
      'post .../issues, delete .../issues/{id}, put /user',
    ],
  ])('%s', (_, config, keys) => {
    expect(offered(config)).toBe(keys)
  })

  it('says of each that is left out where it stands and why', () => {
    const { skipped } = read(document, {
      include: { methods: ['get', 'post'] },
      exclude: { deprecated: true },
      overrides: { 'repos/list': { hidden: true } },
    })
    expect(skipped.map(({ operationId, code, reason }) => [operationId, code, reason])).toEqual([
      ['repos/list', 'HIDDEN', 'It is hidden by "overrides" of the entry.'],
      ['issues/create', 'FILTERED', 'It matches "exclude.deprecated" of the entry.'],
      ['issues/delete', 'FILTERED', 'It does not match "include.methods" of the entry.'],
      [undefined, 'FILTERED', 'It does not match "include.methods" of the entry.'],
    ])
    expect(skipped[0]).toMatchObject({ method: 'get', path: '/repos', pointer: '#/paths/~1repos/get' })
    expect(read(document, { readOnly: true }).skipped.at(-1)?.reason).toContain('"readOnly"')
  })

  it.each<[string, Partial<OpenApiConfig>, string]>([
    [
      'a tag',
      { exclude: { tags: ['isues'] } },
      '"exclude.tags" has "isues", which matches no operation. The nearest is "issues".',
    ],
    [
      'a path',
      { include: { paths: ['/repo', '/**'] } },
      '"include.paths" has "/repo", which matches no operation. The nearest is "/repos".',
    ],
    [
      'an override',
      { overrides: { 'issues/lst': {} } },
      '"overrides" has "issues/lst", which names no operation. The nearest is "issues/list".',
    ],
    [
      'an override by path',
      { overrides: { 'GET /users': {} } },
      '"overrides" has "GET /users", which names no operation. The nearest is "put /user".',
    ],
  ])('warns of %s that matches nothing', (_, config, warning) => {
    expect(reasonsOf(read(document, config))).toContain(warning)
  })

  it('gives no warning where everything matches', () => {
    const config = { include: { tags: ['*'], methods: ['GET'] }, overrides: { 'repos/list': {}, 'GET  /repos': {} } }
    expect(reasonsOf(read(document, config)).filter(warning => /which (matches|names) no/.test(warning))).toEqual([])
  })
})

describe('x-mcp and x-patchbay', () => {
  const keys = (root: object, path: object, operation: object, config: Partial<OpenApiConfig> = {}) =>
    read(documentOf({ '/a': { ...path, get: { operationId: 'a', ...operation } } }, root), config).tools.length

  it.each<[string, object, object, object, number]>([
    ['false at the root hides', { 'x-mcp': false }, {}, {}, 0],
    ['true at a path wins over the root', { 'x-mcp': false }, { 'x-mcp': true }, {}, 1],
    ['an operation wins over its path', {}, { 'x-mcp': true }, { 'x-mcp': { enabled: false } }, 0],
    ['an object without a word on it says nothing', { 'x-mcp': false }, {}, { 'x-mcp': { other: 1 } }, 0],
    ['hidden is the same', {}, {}, { 'x-patchbay': { hidden: true } }, 0],
    ['what makes no sense has no effect', {}, {}, { 'x-mcp': 'no', 'x-patchbay': [] }, 1],
  ])('%s', (_, root, path, operation, count) => {
    expect(keys(root, path, operation)).toBe(count)
  })

  it('give way to the entry', () => {
    expect(keys({}, {}, { 'x-mcp': false }, { overrides: { a: { hidden: false } } })).toBe(1)
  })

  it('say what their tools are, the entry above all', () => {
    const own = { name: 'b', title: 'B', description: 'Does <b>.', destructive: true }
    const paths = {
      '/a': { 'x-patchbay': { idempotent: false }, get: { operationId: 'a', 'x-patchbay': own }, head: {} },
    }
    const { tools } = read(documentOf(paths), { overrides: { a: { title: 'C' } } })
    expect(tools.map(({ tool }) => tool)).toMatchObject([
      {
        name: 'b',
        title: 'C',
        description: 'Does <b>.',
        annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
        _meta: { 'patchbay/operation': { method: 'get', path: '/a', operationId: 'a' } },
      },
      { name: 'head_a', annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false } },
    ])
  })

  it('warn once of what has no effect', () => {
    const paths = { '/a': { get: { 'x-patchbay': { readOnly: 'yes', nmae: 'b' }, 'x-mcp': 1 }, put: {} } }
    const { warnings } = read(documentOf(paths, { 'x-patchbay': { name: 'everything' } }))
    const told = warnings.filter(({ code }) => code === 'EXTENSION_INVALID')
    expect(told.map(({ reason, pointer }) => [reason, pointer])).toEqual([
      ['"x-patchbay" of the document has a "name" that has no effect there.', '#/x-patchbay'],
      ['"x-mcp" of get /a is neither true nor false; it has no effect.', '#/paths/~1a/get/x-mcp'],
      ['"x-patchbay" of get /a has a "readOnly" that has no effect there.', '#/paths/~1a/get/x-patchbay'],
      ['"x-patchbay" of get /a has a "nmae" that has no effect there.', '#/paths/~1a/get/x-patchbay'],
    ])
  })
})
