// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of servers.json look like placeholders.
import { homedir } from 'node:os'
import { basename, join, sep } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inputVariable } from '../../src/config/interpolate.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { directory, problemsOf, read, readEntry, temporary } from './load.ts'

/** Fills in one string, as the value of a header. */
async function fill(text: string, env: Record<string, string> = {}, inputs: readonly object[] = []): Promise<unknown> {
  const { sources } = await read({ inputs, servers: { x: { url: 'https://h', headers: { A: text } } } }, env)
  return sources[0]?.kind === 'remote' ? sources[0].headers.A : undefined
}

const problem = async (text: string, env: Record<string, string> = {}): Promise<string> =>
  (await problemsOf({ mcpServers: { x: { url: 'https://h', headers: { A: text } } } }, env)).join('\n')

describe('a variable', () => {
  const env = { TOKEN: 't0ken', EMPTY: '', HOME: '/home/me', NESTED: '${TOKEN}', DOLLARS: '$& $1 $$' }
  it.each([
    ['${TOKEN}', 't0ken'],
    ['Bearer ${TOKEN}!', 'Bearer t0ken!'],
    ['${TOKEN}${TOKEN}', 't0kent0ken'],
    ['${env:TOKEN}', 't0ken'],
    ['${TOKEN:-other}', 't0ken'],
    ['${UNSET:-other}', 'other'],
    ['${UNSET:-}', ''],
    ['${UNSET:-a:-b c}', 'a:-b c'],
    ['${EMPTY}', ''],
    ['${EMPTY:-other}', 'other'],
    ['${env:UNSET:-other}', 'other'],
    ['os.environ/TOKEN', 't0ken'],
    ['see os.environ/TOKEN', 'see os.environ/TOKEN'],
    ['${workspaceFolder}/x', `${directory}/x`],
    ['${workspaceFolderBasename}', basename(directory)],
    ['${userHome}/x', '/home/me/x'],
    ['a${/}b${pathSeparator}c', `a${sep}b${sep}c`],
    ['$${TOKEN}', '${TOKEN}'],
    ['$${TOKEN} ${TOKEN}', '${TOKEN} t0ken'],
    ['$TOKEN and $ {', '$TOKEN and $ {'],
    ['${DOLLARS}', '$& $1 $$'],
    ['${NESTED}', '${TOKEN}'],
  ])('%j becomes %j', async (text, expected) => {
    expect(await fill(text, env)).toBe(expected)
  })

  it('takes the home of the user where HOME is not set', async () => {
    expect(await fill('${userHome}')).toBe(homedir())
  })

  it.each([
    ['${UNSET}', 'needs the environment variable UNSET, which is not set. Set it, or write ${UNSET:-default}.'],
    ['${env:UNSET}', 'needs the environment variable UNSET, which is not set. Set it, or write ${UNSET:-default}.'],
    ['os.environ/UNSET', 'needs the environment variable UNSET, which is not set. Set it, or write ${UNSET:-default}.'],
    ['${constructor}', 'needs the environment variable constructor, which is not set.'],
    ['${UNSET', 'holds "${" without a simple name and "}" behind it; write "$${" where it stands for itself.'],
    ['${A:-${B}}', 'holds "${" without a simple name and "}" behind it'],
    ['${}', 'holds a variable of an unknown form. Known: ${VAR}, '],
    ['${command:pickPort}', 'holds a variable of an unknown form.'],
    ['${my-canary}', 'holds a variable of an unknown form.'],
    ['${input:port}', 'needs the input "port": set the environment variable PATCHBAY_INPUT_PORT, or give the input'],
    ['${file:nowhere.txt}', 'needs the file "nowhere.txt", which cannot be read (ENOENT).'],
  ])('%j is a problem', async (text, expected) => {
    const message = await problem(text)
    expect(message).toContain(`mcpServers.x.headers.A ${expected}`)
    expect(message).not.toContain('canary')
  })

  it('names every one that is unset, in all strings', async () => {
    const message = await problemsOf({ mcpServers: { x: { command: '${ONE}', args: ['${TWO} ${THREE}'] } } })
    expect(message).toHaveLength(2)
    expect(message[0]).toMatch(/^mcpServers\.x\.command needs the environment variable ONE,/)
    expect(message[1]).toMatch(/^mcpServers\.x\.args\[0\] needs .* TWO,.* Also it needs .* THREE,/)
  })

  it('is filled in for numbers, keys, models and the server too', async () => {
    const document = {
      server: { port: '${PORT}' },
      limits: { maxRounds: '${ROUNDS:-3}' },
      models: { m: { provider: 'openai', apiKey: '${TOKEN}' } },
      keys: { ci: { key: '${KEY}' } },
    }
    const config = await read(document, { PORT: '8080', TOKEN: 't0ken', KEY: 'a-key-of-16-chars' })
    expect(config).toMatchObject({ server: { port: 8080 }, limits: { maxRounds: 3 }, models: [{ apiKey: 't0ken' }] })
    expect(config.keys).toEqual([{ id: 'ci', key: 'a-key-of-16-chars', access: {} }])
  })

  it('never turns what it was filled with into another variable', async () => {
    const values = fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', 'file:', '/'), maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(values, async value => {
        expect(await fill('<${V}>', { V: value })).toBe(`<${value}>`)
      }),
      { numRuns: 50 },
    )
  })
})

describe('an input of VS Code', () => {
  const inputs = [
    { id: 'api-key', type: 'promptString', password: true },
    { id: 'port', default: '80' },
  ]
  it.each([
    ['from its variable', '${input:api-key}', { PATCHBAY_INPUT_API_KEY: 'k' }, 'k'],
    ['from its default', '${input:port}', {}, '80'],
    ['from its variable before its default', '${input:port}', { PATCHBAY_INPUT_PORT: '81' }, '81'],
  ])('is filled in %s', async (_, text, env, expected) => {
    expect(await fill(text, env, inputs)).toBe(expected)
  })

  it.each([
    ['token', 'PATCHBAY_INPUT_TOKEN'],
    ['My token-2', 'PATCHBAY_INPUT_MY_TOKEN_2'],
  ])('%j is asked for as %s', (id, variable) => {
    expect(inputVariable(id)).toBe(variable)
  })
})

describe('a file', () => {
  it('is read from beside the configuration, without its last line break', async () => {
    const entry = { url: 'https://h', headers: { A: 'Bearer ${file:token.txt}' } }
    const place = temporary({ 'token.txt': 't0ken\n', 'servers.json': JSON.stringify({ mcpServers: { x: entry } }) })
    const config = await loadConfig(join(place, 'servers.json'), { env: {} })
    expect(config.sources[0]).toMatchObject({ headers: { A: 'Bearer t0ken' } })
  })

  it('is read from an absolute path, as secrets of containers are', async () => {
    const place = temporary({ secret: 's3cret\r\n' })
    const entry = { url: 'https://h', headers: { A: `\${file:${join(place, 'secret')}}` } }
    expect(await readEntry(entry)).toMatchObject({ headers: { A: 's3cret' } })
  })
})

describe('what variables fill into URLs', () => {
  const env = { TOKEN: 's3cret-token', HOST: 'api.example.com', EMPTY: '' }
  it.each([
    ['of an MCP server', { url: 'https://h/s/${TOKEN}/mcp' }, ['s3cret-token']],
    ['of an API', { openapi: './a.json', baseUrl: 'https://${HOST}/bot${TOKEN}' }, ['api.example.com', 's3cret-token']],
    ['of a document', { openapi: 'https://h/${TOKEN}/a.json' }, ['s3cret-token']],
    [
      'of a server by its variables',
      { openapi: './a.json', serverVariables: { tenant: '${TOKEN}' } },
      ['s3cret-token'],
    ],
    [
      'of a token endpoint',
      {
        openapi: './a.json',
        credentials: { o: { clientId: 'c', clientSecret: 's', tokenUrl: 'https://h/${TOKEN}' } },
      },
      ['s3cret-token'],
    ],
    [
      'among the arguments of a program',
      { command: 'npx', args: ['mcp-remote', 'https://h/${TOKEN}'] },
      ['s3cret-token'],
    ],
    ['is not what a header has', { url: 'https://h', headers: { A: '${TOKEN}' } }, undefined],
    ['is not the path of a document', { openapi: '${TOKEN}/a.json' }, undefined],
    ['is not what the file says itself', { url: 'https://h/${EMPTY:-v1}/${workspaceFolderBasename}/$${x}' }, undefined],
  ])('is known as such: %s', async (_, entry, expected) => {
    expect((await readEntry(entry, env)).filled).toEqual(expected)
  })
})
