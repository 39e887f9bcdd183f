// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of servers.json look like placeholders.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { directory, problemsOf, read, readEntry, temporary } from './load.ts'

const stdio = { id: 'x', kind: 'stdio', command: 'node', args: [], env: {}, cwd: directory, protocol: 'auto' }
const remote = { id: 'x', kind: 'remote', url: 'https://h/mcp', transport: 'auto', headers: {}, protocol: 'auto' }
const api = { id: 'x', kind: 'openapi', document: { at: `${directory}/specs/a.json` }, headers: {} }
const url = 'https://h/mcp'

describe('an entry', () => {
  it.each<[string, object, object]>([
    ['a command', { command: 'node' }, stdio],
    [
      'Claude Desktop',
      { command: 'npx', args: ['-y', 'server'], env: { A: 'b' } },
      { ...stdio, command: 'npx', args: ['-y', 'server'], env: { A: 'b' } },
    ],
    [
      'VS Code, type stdio, numbers and null in env',
      { type: 'stdio', command: 'node', env: { A: 1, B: null } },
      { ...stdio, env: { A: '1' } },
    ],
    [
      'Copilot, type local and tools',
      { type: 'local', command: 'node', tools: ['*'] },
      { ...stdio, allowedTools: ['*'] },
    ],
    ['a directory relative to the file', { command: 'node', cwd: '../work' }, { ...stdio, cwd: '/etc/work' }],
    ['a URL', { url }, remote],
    ['Cursor, with headers', { url, headers: { 'X-Key': 'k' } }, { ...remote, headers: { 'X-Key': 'k' } }],
    ['type http', { type: 'http', url }, { ...remote, transport: 'http' }],
    ['type streamable-http', { type: 'streamable-http', url }, { ...remote, transport: 'http' }],
    ['type streamableHttp', { type: 'streamableHttp', url }, { ...remote, transport: 'http' }],
    ['type sse', { type: 'sse', url }, { ...remote, transport: 'sse' }],
    ['LiteLLM, transport', { transport: 'sse', url }, { ...remote, transport: 'sse' }],
    ['an era', { url, protocol: 'legacy' }, { ...remote, protocol: 'legacy' }],
    [
      'keys that clients write',
      { url, autoApprove: ['a'], alwaysAllow: [], gallery: true, version: '1', disabled: false },
      remote,
    ],
    ['a time limit', { url, timeoutMs: 5000 }, { ...remote, timeoutMs: 5000 }],
    ['a time limit as text', { url, timeoutMs: '5000' }, { ...remote, timeoutMs: 5000 }],
    ['a time limit in seconds', { url, timeout: 2.5 }, { ...remote, timeoutMs: 2500 }],
    ['a limit on its calls', { url, maxConcurrentCalls: '4' }, { ...remote, maxConcurrentCalls: 4 }],
    ['a session for each client', { url, perSession: true }, { ...remote, perSession: true }],
    ['MCPHub, a session for each client', { command: 'node', perSessionClient: true }, { ...stdio, perSession: true }],
    ['one session for all', { url, perSession: false }, remote],
    ['a program that rests', { command: 'node', idleTimeoutMs: 60_000 }, { ...stdio, idleTimeoutMs: 60_000 }],
    ['a document', { openapi: 'specs/a.json' }, api],
    ['a document at a URL', { openapi: 'https://h/a.yaml' }, { ...api, document: { at: 'https://h/a.yaml' } }],
    ['a document as a file URL', { openapi: 'file:///srv/a.json' }, { ...api, document: { at: '/srv/a.json' } }],
    [
      'a document in place',
      { openapi: { openapi: '3.1.0', info: { title: '${NOT_OURS}' } } },
      { ...api, document: { inline: { openapi: '3.1.0', info: { title: '${NOT_OURS}' } } } },
    ],
    [
      'a server, its variables and the format of lists',
      { openapi: 'specs/a.json', server: 1, serverVariables: { region: 'eu' }, arrayFormat: 'indices' },
      { ...api, server: 1, serverVariables: { region: 'eu' }, arrayFormat: 'indices' },
    ],
    ['how often a call is sent again', { openapi: 'specs/a.json', maxRetries: '0' }, { ...api, maxRetries: 0 }],
    ['a base URL', { openapi: 'specs/a.json', baseUrl: 'https://h/v1' }, { ...api, baseUrl: 'https://h/v1' }],
    ['tools behind search', { url, mode: 'search' }, { ...remote, mode: 'search' }],
    ['tools as they are', { url, mode: 'tools' }, remote],
    [
      'operations chosen and described',
      {
        openapi: 'specs/a.json',
        include: { tags: ['${TAG:-pets}'], deprecated: false },
        exclude: { paths: ['/admin/**'] },
        readOnly: true,
        overrides: { 'get /a': { name: 'a', hidden: false } },
      },
      {
        ...api,
        include: { tags: ['pets'], deprecated: false },
        exclude: { paths: ['/admin/**'] },
        readOnly: true,
        overrides: { 'get /a': { name: 'a', hidden: false } },
      },
    ],
    [
      'LiteLLM, spec_path and url',
      { spec_path: './specs/a.json', url: 'https://h/v1' },
      { ...api, baseUrl: 'https://h/v1' },
    ],
    ['LiteLLM, filters', { url, allowed_tools: ['a'] }, { ...remote, allowedTools: ['a'] }],
    ['LiteLLM, refused tools', { url, disallowed_tools: ['a'] }, { ...remote, disallowedTools: ['a'] }],
    ['LiteLLM, static headers', { url, static_headers: { A: 'b' } }, { ...remote, headers: { A: 'b' } }],
    ['LiteLLM, alias and description', { url, alias: 'y', description: 'd' }, { ...remote, id: 'y', description: 'd' }],
  ])('%s', async (_, entry, expected) => {
    expect(await readEntry(entry)).toEqual(expected)
  })

  it.each([
    ['bearer_token', 'v', { Authorization: 'Bearer v' }],
    ['api_key', 'v', { 'X-API-Key': 'v' }],
    ['basic', 'user:pass', { Authorization: 'Basic dXNlcjpwYXNz' }],
    ['basic', 'dXNlcjpwYXNz', { Authorization: 'Basic dXNlcjpwYXNz' }],
    ['basic', 'abcd', { Authorization: 'Basic YWJjZA==' }],
    ['authorization', 'Custom v', { Authorization: 'Custom v' }],
    ['token', 'v', { Authorization: 'token v' }],
    ['none', 'v', {}],
  ])('makes a header of auth_type %s and %s', async (auth_type, auth_value, headers) => {
    expect(await readEntry({ url, auth_type, auth_value })).toMatchObject({ headers })
    expect(await readEntry({ url, auth_type, authentication_token: auth_value })).toMatchObject({ headers })
    expect(await readEntry({ openapi: 'a.json', auth_type, auth_value })).toMatchObject({ headers })
  })

  it("falls back to HTTP+SSE for type http in VS Code's block, as VS Code does", async () => {
    expect(await readEntry({ type: 'http', url }, {}, 'servers')).toEqual(remote)
    expect(await readEntry({ type: 'sse', url }, {}, 'servers')).toEqual({ ...remote, transport: 'sse' })
  })

  it('reads envFile, under env', async () => {
    const place = temporary({ '.env': '# comment\nA=1\nB="two words"\nexport C=3\nD=4\n' })
    const entry = { command: 'node', envFile: '${workspaceFolder}/.env', env: { A: 'mine', D: null } }
    const file = join(
      temporary({ 'servers.json': JSON.stringify({ servers: { x: { ...entry, envFile: join(place, '.env') } } }) }),
      'servers.json',
    )
    expect((await loadConfig(file, { env: {} })).sources[0]).toMatchObject({
      env: { A: 'mine', B: 'two words', C: '3' },
    })
    expect(await problemsOf({ servers: { x: entry } })).toEqual([
      'servers.x.envFile names a file that cannot be read (ENOENT). Create it, or correct the path.',
    ])
  })

  it('is left out when disabled, without a look at its variables', async () => {
    const entry = { url: '${UNSET}', headers: { A: '${file:nowhere}' } }
    const { sources, groups } = await read({
      mcpServers: { a: { ...entry, disabled: true }, b: { ...entry, enabled: false }, c: { url } },
      groups: { all: ['a', 'b', 'c'] },
    })
    expect(sources.map(({ id }) => id)).toEqual(['c'])
    expect(groups).toEqual({ all: ['c'] })
  })

  it.each<[string, object, string]>([
    ['an unknown key', { comand: 'x' }, 'mcpServers.x.comand is not a known key; did you mean "command"?'],
    [
      'nothing to start or call',
      { description: 'd' },
      'mcpServers.x needs "command" (a program), "url" (an MCP server) or "openapi" (an HTTP API).',
    ],
    [
      'two kinds at once',
      { command: 'x', url },
      'mcpServers.x.url stands beside "command"; an entry is one source, so keep one of them.',
    ],
    ['an empty command', { command: ' ' }, 'mcpServers.x.command must not be empty.'],
    ['a mistyped list', { command: 'x', args: '-y' }, 'mcpServers.x.args must be a list; got text.'],
    ['a mistyped item', { command: 'x', args: ['a', 1] }, 'mcpServers.x.args[1] must be text; got a number.'],
    [
      'a mistyped variable',
      { command: 'x', env: { A: {} } },
      'mcpServers.x.env.A must be text or a number or null; got an object.',
    ],
    [
      'an unknown type',
      { url, type: 'ws' },
      'mcpServers.x.type must be "stdio" or "local" or "http" or "sse" or "streamable-http" or "streamableHttp" or "streamable_http"; got other text.',
    ],
    [
      'a type that does not fit',
      { url, type: 'stdio' },
      'mcpServers.x.type does not fit the other keys of this entry. Leave it out, or write one of: http, sse.',
    ],
    ['another scheme', { url: 'ftp://h' }, 'mcpServers.x.url must be an http or https URL.'],
    [
      'credentials in a URL',
      { url: 'https://u:p@h' },
      'mcpServers.x.url must not hold a user name or password; send them as a header.',
    ],
    [
      'a header with a line break',
      { url, headers: { A: 'a\nb' } },
      'mcpServers.x.headers.A holds a line break or a character that no header may carry.',
    ],
    ['a name that is none', { url, headers: { 'a b': 'c' } }, 'mcpServers.x.headers["a b"] is no name for a header.'],
    [
      'a header of the connection',
      { url, headers: { 'Content-Length': '1' } },
      'mcpServers.x.headers.Content-Length is set by the connection itself; leave it out.',
    ],
    [
      'a header set twice',
      { url, headers: { authorization: 'a' }, auth_type: 'token', auth_value: 'b' },
      'mcpServers.x.auth_value sets a header that this entry sets already; keep one of them.',
    ],
    [
      'an unknown auth_type',
      { url, auth_type: 'oauth2', auth_value: 'b' },
      'mcpServers.x.auth_type is of a kind that is not supported. Known: none, bearer_token, api_key, basic, authorization, token.',
    ],
    ['a credential without its kind', { url, auth_value: 'b' }, 'mcpServers.x.auth_value needs "auth_type" beside it.'],
    [
      'a kind without its credential',
      { url, auth_type: 'token' },
      'mcpServers.x.auth_type needs "auth_value" beside it.',
    ],
    [
      'two words for one thing',
      { url, allowedTools: ['a'], allowed_tools: ['b'] },
      'mcpServers.x.allowed_tools is another name for "allowedTools" and says something else; keep one of them.',
    ],
    [
      'a rule that is not supported',
      { url, allowed_params: { a: ['b'] } },
      'mcpServers.x.allowed_params is not supported yet; remove it, or do without the tools it restricts.',
    ],
    [
      'a lock that search would go around',
      { url, lock: 'enforce', mode: 'auto' },
      'mcpServers.x.lock cannot hold back tools behind search; use "mode": "tools", or "lock": "warn".',
    ],
    [
      'a time of nothing',
      { url, timeout: 0 },
      'mcpServers.x.timeout must be a number above 0; got one that is too small.',
    ],
    ['a NUL character', { command: 'x', args: ['\0'] }, 'mcpServers.x.args holds a NUL character.'],
  ])('reports %s', async (_, entry, problem) => {
    expect(await problemsOf({ mcpServers: { x: entry } })).toEqual([problem])
  })

  it.each<[string, object, string]>([
    [
      'extra_headers',
      { url, extra_headers: ['x-a'] },
      "mcpServers.x.extra_headers is not supported yet: no header of the caller's is passed on.",
    ],
    [
      'OAuth',
      { url, auth: { CLIENT_ID: 'a' } },
      'mcpServers.x.auth has no effect: OAuth towards a source is not supported; use headers.',
    ],
    ['filters at a URL', { url, include: { tags: [] } }, 'mcpServers.x.include has no effect on this kind of entry.'],
    ['a base URL of an MCP server', { url, baseUrl: url }, 'mcpServers.x.baseUrl has no effect on this kind of entry.'],
    [
      'a type of a document',
      { openapi: 'a.json', type: 'http' },
      'mcpServers.x.type has no effect on this kind of entry.',
    ],
    [
      'a transport of a document',
      { spec_path: 'a.json', transport: 'sse' },
      'mcpServers.x.transport has no effect on this kind of entry.',
    ],
    ['env at a URL', { url, env: { A: 'b' } }, 'mcpServers.x.env has no effect on this kind of entry.'],
    [
      'seconds that look like milliseconds',
      { url, timeout: 30000 },
      'mcpServers.x.timeout is read as seconds, and looks like milliseconds; write timeoutMs for those.',
    ],
    [
      'two filters',
      { url, allowedTools: [], disabledTools: [] },
      'mcpServers.x.disabledTools has no effect beside a list of allowed tools.',
    ],
  ])('warns of %s', async (_, entry, warning) => {
    const { warnings } = await read({ mcpServers: { x: entry } })
    expect(warnings).toEqual([expect.stringMatching(/^\/etc\/patchbay\/servers\.json:\d+:\d+: /)])
    expect(warnings[0]).toContain(warning)
  })
})

describe('the blocks of sources', () => {
  it('may stand side by side, in the order of the file', async () => {
    const { sources } = await read({ servers: { b: { url } }, mcpServers: { a: { url } }, mcp_servers: { c: { url } } })
    expect(sources.map(({ id }) => id)).toEqual(['b', 'a', 'c'])
  })

  it.each<[string, object]>([
    ['across blocks', { mcpServers: { a: { url } }, servers: { a: { url } } }],
    ['by alias', { mcpServers: { a: { url }, b: { url, alias: 'a' } } }],
  ])('refuse one id twice, %s', async (_, document) => {
    expect(await problemsOf(document)).toEqual([expect.stringContaining('has the id of another entry')])
  })

  it.each([
    ['a/b', 'has an id with "/" or a control character'],
    ['a\nb', 'has an id with "/" or a control character'],
    ['', 'has an empty id'],
    ['..', 'has an id that means something else in a URL'],
    ['a'.repeat(101), 'has an id of more than 100 characters'],
  ])('refuse the id %j', async (id, problem) => {
    expect(await problemsOf({ mcpServers: { [id]: { url } } })).toEqual([expect.stringContaining(problem)])
  })

  it.each(['my server (new)', 'ä', 'a.b', 'constructor', 'mcp', 'a'.repeat(100)])('take the id %j', async id => {
    expect((await read({ mcpServers: { [id]: { url } } })).sources[0]?.id).toBe(id)
  })
})
