// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of servers.json look like placeholders.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'
import { GatewayError } from '../../src/core/errors.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import { providerNames } from '../../src/core/provider-name.ts'
import { directory, loadText, messageOf, problemsOf, read, temporary } from './load.ts'

const url = 'https://h/mcp'
const anyProvider = providerNames.map(name => `"${name}"`).join(' or ')

describe('loadConfig', () => {
  it('gives every default for an empty object', async () => {
    expect(await read('{}')).toEqual({
      file: `${directory}/servers.json`,
      directory,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      sources: [],
      groups: {},
      models: [],
      keys: [],
      egress: { allowHosts: [], callerServers: { allow: [], allowHosts: [] } },
      limits: defaultLimits,
      server: { host: '127.0.0.1', port: 4000, allowedHosts: [], allowedOrigins: [], stateKeys: [] },
      store: {},
      entryDigests: {},
      warnings: [],
    })
  })

  it('reads a file with comments and commas at the end, as VS Code writes it', async () => {
    const text = `{
      // my servers
      "inputs": [{ "type": "promptString", "id": "token", "description": "Token", "password": true }],
      "servers": { "github": { "type": "http", "url": "${url}", "headers": { "Authorization": "Bearer \${input:token}" } }, },
    }`
    const { sources } = await loadText(text, { PATCHBAY_INPUT_TOKEN: 't' })
    expect(sources).toMatchObject([{ id: 'github', headers: { Authorization: 'Bearer t' } }])
  })

  it('is frozen all the way down', async () => {
    const config = await read({ mcpServers: { x: { openapi: { info: {} } } }, groups: { g: ['x'] } })
    const check = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      expect(Object.isFrozen(value)).toBe(true)
      for (const member of Object.values(value)) check(member)
    }
    check(config)
  })

  it('reports all problems at once, each with file, line and column, in the order of the file', async () => {
    const text = `{
  "mcpServers": {
    "github": { "comand": "npx", "args": "\${UNSET}" },
    "api": { "url": "ftp://h", "headerz": {} },
    "off": { "disabled": true, "nonsense": 1 }
  },
  "groups": { "all": ["githob"], "a b": [] },
  "limits": { "maxRound": 3, "pageSize": 0 },
  "keys": [{ "id": "ci", "key": "short" }],
  "serber": {}
}`
    const lines = (await messageOf(read(text))).split('\n')
    const file = `${directory}/servers.json`
    expect(lines).toEqual([
      `${file}:3:17: mcpServers.github.comand is not a known key; did you mean "command"?`,
      `${file}:3:34: mcpServers.github.args needs the environment variable UNSET, which is not set. Set it, or write \${UNSET:-default}.`,
      `${file}:4:14: mcpServers.api.url must be an http or https URL.`,
      `${file}:4:32: mcpServers.api.headerz is not a known key; did you mean "headers"?`,
      `${file}:5:32: mcpServers.off.nonsense is not a known key.`,
      `${file}:7:23: groups.all[0] names no source; did you mean "github"?`,
      `${file}:7:34: groups["a b"] is no name for a group: 1 to 100 of the characters A-Z, a-z, 0-9, _ and -.`,
      `${file}:8:15: limits.maxRound is not a known key; did you mean "maxRounds"?`,
      `${file}:8:30: limits.pageSize must be a number not below 1; got one that is too small.`,
      `${file}:9:26: keys[0].key must have at least 16 characters.`,
      `${file}:10:3: serber is not a known key; did you mean "server"?`,
    ])
  })

  it('throws CONFIG_INVALID with the lines as data', async () => {
    const error = await read({ x: 1 }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(GatewayError)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', data: { problems: [expect.stringContaining('x is not')] } })
  })

  it.each<[string, unknown, string]>([
    ['a list', [], 'The file must be an object; got a list.'],
    ['text', '"x"', 'The file must be an object; got text.'],
    ['a block of the wrong kind', { mcpServers: [] }, 'mcpServers must be an object; got a list.'],
    ['an entry of the wrong kind', { mcpServers: { x: null } }, 'mcpServers.x must be an object; got null.'],
    ['groups of the wrong kind', { groups: { g: 'x' } }, 'groups.g must be a list; got text.'],
    ['models of the wrong kind', { models: 'x' }, 'models must be an object or a list; got text.'],
    [
      'a model without provider',
      { models: { m: {} } },
      `models.m.provider is missing; expected one of ${providerNames.join(', ')}.`,
    ],
    [
      'a model of an unknown provider',
      { models: [{ name: 'm', provider: 'x' }] },
      `models[0].provider must be ${anyProvider}; got other text.`,
    ],
    [
      'a model of a mistyped provider',
      { models: { m: { provider: 'OpenIA' } } },
      `models.m.provider must be ${anyProvider}; did you mean "openai"?`,
    ],
    [
      'a model of the AI SDK without its package',
      { models: { m: { provider: 'ai-sdk' } } },
      'models.m.package must be an npm package of the AI SDK, such as @ai-sdk/cohere.',
    ],
    ...['./mine.js', '../x', '/etc/x', 'file:///x', 'data:text/javascript,x', '@ai-sdk/../x', 'a b'].map(
      (name): [string, unknown, string] => [
        `a model of the AI SDK whose package is ${name}`,
        { models: { m: { provider: 'ai-sdk', package: name } } },
        'models.m.package must be an npm package of the AI SDK, such as @ai-sdk/cohere.',
      ],
    ),
    [
      'a model of a provider that is no text',
      { models: { m: { provider: 1 } } },
      `models.m.provider must be ${anyProvider}; got a number.`,
    ],
    [
      'a model of no name',
      { models: { m: { provider: 'openai', model: '' } } },
      'models.m.model must be text that is not empty; got empty text.',
    ],
    ['a key without a secret', { keys: [{ id: 'a' }] }, 'keys[0].key is missing; expected text.'],
    ['a key without an id', { keys: [{ key: 'a-key-of-16-chars' }] }, 'keys[0].id is missing; expected text.'],
    [
      'an unknown key of a key',
      { keys: { a: { key: 'a-key-of-16-chars', server: [] } } },
      'keys.a.server is not a known key; did you mean "servers"?',
    ],
    [
      'a mistyped limit',
      { limits: { pageSize: true } },
      'limits.pageSize must be a number or text; got true or false.',
    ],
    ['half a page', { limits: { pageSize: 1.5 } }, 'limits.pageSize must be a whole number or text; got a number.'],
    ['a limit of words', { limits: { pageSize: 'many' } }, 'limits.pageSize must be a whole number; got text.'],
    [
      'a port out of range',
      { server: { port: 70000 } },
      'server.port must be a number not above 65535; got one that is too large.',
    ],
    [
      'a port out of range as text',
      { server: { port: '70000' } },
      'server.port must be a whole number from 0 to 65535.',
    ],
    [
      'a host with a scheme',
      { server: { host: 'http://x' } },
      'server.host must be a host name or IP address, without scheme or port.',
    ],
    [
      'a public URL with a query',
      { server: { publicUrl: 'https://x/?a' } },
      'server.publicUrl must have no query and no fragment.',
    ],
    [
      'any host',
      { server: { allowedHosts: ['*'] } },
      'server.allowedHosts[0] must be a host name, with a port or without.',
    ],
    [
      'any origin',
      { server: { allowedOrigins: ['*'] } },
      'server.allowedOrigins[0] must be an origin such as https://app.example.com.',
    ],
    [
      'an origin with a path',
      { server: { allowedOrigins: ['https://a/b'] } },
      'server.allowedOrigins[0] must be an origin such as https://app.example.com.',
    ],
    [
      'a short key for states',
      { server: { stateKeys: ['k'.repeat(32), 'short'] } },
      'server.stateKeys[1] must have at least 32 characters.',
    ],
  ])('says what is wrong with %s', async (_, document, problem) => {
    expect(await problemsOf(document)).toEqual([problem])
  })

  it('says when there is no file', async () => {
    const file = join(temporary(), 'servers.json')
    await expect(loadConfig(file)).rejects.toThrow(`${file} cannot be read (ENOENT). Create it, or name another file.`)
  })

  it('reads the server block', async () => {
    const server = { host: '[::1]', port: 0, publicUrl: 'https://mcp.example.com/', allowedHosts: ['Gateway:4000'] }
    expect((await read({ server: { ...server, allowedOrigins: ['https://App.example.com'] } })).server).toEqual({
      host: '::1',
      port: 0,
      publicUrl: 'https://mcp.example.com',
      allowedHosts: ['gateway:4000'],
      allowedOrigins: ['https://app.example.com'],
      stateKeys: [],
    })
  })

  it('reads models as a map or a list, with our words or those of LiteLLM', async () => {
    const openai = { provider: 'openai', apiKey: 'k' }
    const map = {
      fast: { ...openai, model: 'gpt-x' },
      local: { provider: 'openai', api_base: 'http://127.0.0.1:11434/v1/', api_key: 'o', maxTools: 8 },
      demo: { provider: 'demo' },
    }
    const expected = [
      {
        name: 'fast',
        provider: 'openai',
        model: 'gpt-x',
        baseUrl: 'https://api.openai.com/v1',
        apiKey: 'k',
        headers: {},
      },
      {
        name: 'local',
        provider: 'openai',
        model: 'local',
        baseUrl: 'http://127.0.0.1:11434/v1',
        apiKey: 'o',
        headers: {},
        maxTools: 8,
      },
      { name: 'demo', provider: 'demo', model: 'demo', headers: {} },
    ]
    expect((await read({ models: map })).models).toEqual(expected)
    const list = Object.entries(map).map(([name, entry]) => ({ name, ...entry }))
    expect((await read({ models: list })).models).toEqual(expected)
  })

  it('reads the deployments of a model, from a list or from its entry', async () => {
    const shared = { provider: 'openai', apiKey: 'k', fallbacks: ['demo'], retries: 1 }
    const own = [
      { model: 'one', weight: 3 },
      { model: 'two', apiKey: 'other', baseUrl: 'https://two.example/v1' },
    ]
    const demo = { provider: 'demo' }
    const map = await read({ models: { m: { ...shared, deployments: own }, demo } })
    const list = await read({
      models: [...own.map(each => ({ name: 'm', ...shared, ...each })), { name: 'demo', ...demo }],
    })
    expect(map.models).toEqual(list.models)
    expect(map.models.map(({ name, model, apiKey, weight }) => [name, model, apiKey, weight])).toEqual([
      ['m', 'one', 'k', 3],
      ['m', 'two', 'other', undefined],
      ['demo', 'demo', undefined, undefined],
    ])
    expect((await read({ models: { 'x/*': { provider: 'openai', apiKey: 'k' } } })).models[0]?.model).toBe('*')
  })

  it('reads the price of a model, also of one deployment', async () => {
    const price = { input: 0.25, output: 2, cacheRead: 0 }
    const own = [{ model: 'one' }, { model: 'two', price: { input: 1, output: 1 } }]
    const { models } = await read({ models: { m: { provider: 'openai', apiKey: 'k', price, deployments: own } } })
    expect(models.map(each => each.price)).toEqual([price, { input: 1, output: 1 }])
  })

  it.each([
    [
      'a price below nothing',
      { a: { provider: 'demo', price: { input: -1, output: 1 } } },
      'models.a.price.input must be a number not below 0; got one that is too small.',
    ],
    [
      'half a price',
      { a: { provider: 'demo', price: { input: 1 } } },
      'models.a.price.output is missing; expected a number.',
    ],
    [
      'a fallback that is no model',
      { a: { provider: 'demo', fallbacks: ['b'] } },
      'models.a.fallbacks[0] names no model. Known: "a".',
    ],
    ['two stars', { 'a*b*': { provider: 'demo' } }, 'models["a*b*"] has more than one "*" in its name.'],
    [
      'a weight of nothing',
      { a: { provider: 'demo', weight: 0 } },
      'models.a.weight must be a number not below 1; got one that is too small.',
    ],
  ])('refuses %s', async (_, models, problem) => {
    expect(await problemsOf({ models })).toEqual([problem])
  })
})

describe('errors and warnings', () => {
  const canary = 'cAnArY-5ecret'
  const spots: readonly [string, object][] = [
    ['a mistyped object', { mcpServers: canary }],
    ['a mistyped entry', { mcpServers: { x: canary } }],
    ['args', { mcpServers: { x: { command: 'x', args: canary } } }],
    ['a number', { mcpServers: { x: { url, timeout: canary } } }],
    ['a type', { mcpServers: { x: { url, type: canary } } }],
    ['a URL', { mcpServers: { x: { url: canary } } }],
    ['the password of a URL', { mcpServers: { x: { url: `https://u:${canary}@h` } } }],
    ['a header', { mcpServers: { x: { url, headers: { A: `${canary}\n` } } } }],
    ['an auth_value', { mcpServers: { x: { url, auth_value: canary } } }],
    ['an auth_type', { mcpServers: { x: { url, auth_type: canary } } }],
    ['env', { mcpServers: { x: { url, env: { A: canary } } } }],
    ['env with NUL', { mcpServers: { x: { command: 'x', env: { A: `${canary}\0` } } } }],
    ['a path of a document', { mcpServers: { x: { openapi: `ftp://${canary}` } } }],
    ['a path of an env file', { mcpServers: { x: { command: 'x', envFile: canary } } }],
    ['a default', { mcpServers: { x: { command: `\${UNSET} \${B:-${canary}}` } } }],
    ['a broken variable', { mcpServers: { x: { command: `\${${canary}}` } } }],
    ['a value from the environment', { mcpServers: { x: { url: '${CANARY}' } } }],
    ['a key too short', { keys: { a: { key: 'cAnArY' } } }],
    ['a key with a space', { keys: { a: { key: `${canary} ${canary}` } } }],
    ['a key given twice', { keys: { a: { key: `${canary}-1234` }, b: { key: `${canary}-1234` } } }],
    ['an apiKey', { models: { m: { provider: 'openai', apiKey: `${canary}\n` } } }],
    ['a provider', { models: { m: { provider: canary } } }],
    ['a limit', { limits: { pageSize: canary } }],
    ['a port', { server: { port: canary } }],
    ['a public URL', { server: { publicUrl: canary } }],
    ['a host', { server: { host: `${canary}:1` } }],
  ]
  it.each(spots)('never show a value: %s', async (_, document) => {
    const outcome = await read(document, { CANARY: canary }).then(
      ({ warnings }) => warnings.join('\n'),
      (error: GatewayError) => `${error.message} ${JSON.stringify(error.data)} ${String(error.cause)}`,
    )
    expect(outcome).toContain('servers.json:')
    expect(outcome).not.toContain('cAnArY')
  })

  it.each([`{"a": "${canary}`, `{"a": ${canary}}`, `{"a": '${canary}'}`, `{"a": "${canary}\n"}`, `{"a" "${canary}"}`])(
    'never show the text of broken JSON: %s',
    async text => {
      const message = await messageOf(read(text))
      expect(message).toContain('Not valid JSON')
      expect(message).not.toContain('cAnArY')
    },
  )
})
