// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of servers.json look like placeholders.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { renderJsonSchema } from '../../src/config/json-schema.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { isObject } from '../../src/core/json.ts'
import { defaultLimits } from '../../src/core/limits.ts'
import { loadText, temporary } from './load.ts'

const fromRoot = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const page = fromRoot('docs/configuration.md')
const schema: Record<string, unknown> = JSON.parse(fromRoot('servers.schema.json'))
const examples = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)
const accepts = new Ajv2020({ allowUnionTypes: true }).compile(schema)

/** Every variable that the examples use. */
const env = {
  GITHUB_TOKEN: 'g',
  ORDERS_KEY: 'o',
  ORDERS_PASSWORD: 'p',
  ORDERS_SECRET: 's',
  BILLING_TOKEN: 'b',
  OPENAI_API_KEY: 'k',
  ANTHROPIC_API_KEY: 'a',
  PATCHBAY_INPUT_SEARCH_KEY: 's',
  CI_KEY: 'pb_11111abcde22222fghij',
  ADMIN_KEY: 'pb_33333klmno44444pqrst',
}

describe('servers.schema.json', () => {
  it('is up to date; run `npm run schema` when this fails', () => {
    expect(fromRoot('servers.schema.json')).toBe(renderJsonSchema())
  })

  it('describes every key', () => {
    expect(keysOf(schema).filter(({ node }) => typeof node.description !== 'string')).toEqual([])
  })

  const files = [['servers.json', fromRoot('servers.json')], ...examples.map((text, at) => [`example ${at + 1}`, text])]
  it.each(files)('accepts %s', (_, text = '') => {
    expect(accepts(JSON.parse(text))).toBe(true)
  })

  it.each<[string, object]>([
    ['at the top', { mcpServer: {} }],
    ['in an entry', { mcpServers: { x: { comand: 'x' } } }],
    ['in a limit', { limits: { pageSizes: 1 } }],
    ['in a key', { keys: [{ id: 'a', key: 'b', group: [] }] }],
    ['in a model', { models: { m: { provider: 'demo', url: '' } } }],
    ['in the server block', { server: { hosts: [] } }],
  ])('refuses an unknown key %s', (_, document) => {
    expect(accepts(document)).toBe(false)
  })
})

describe('docs/configuration.md', () => {
  it.each(examples.map((text, at) => [at + 1, text] as const))(
    'has an example %i that loads without warnings',
    async (_, text) => {
      const place = temporary({ 'servers.json': text, 'support.key': 'pb_55555uvwxy66666zabcd\n' })
      expect((await loadConfig(join(place, 'servers.json'), { env })).warnings).toEqual([])
    },
  )

  it('names every key of the file', () => {
    const names = new Set(keysOf(schema).map(({ name }) => name))
    expect([...names].filter(name => !page.includes(`\`${name}\``))).toEqual([])
  })

  it('gives the default of every limit', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, name, value]) => [name, Number(value)])
    expect(Object.fromEntries(rows)).toEqual(defaultLimits)
  })

  it('quotes messages as they are', async () => {
    const [first = '', second = ''] = [...page.matchAll(/^servers\.json:\d+:\d+: (.*)$/gm)].map(([, text = '']) => text)
    const header = { Authorization: 'Bearer ${GITHUB_TOKEN}' }
    const text = JSON.stringify({ mcpServers: { github: { comand: 'x', url: 'https://h', headers: header } } })
    const message = await loadText(text).catch((error: Error) => error.message)
    expect(message).toContain(first)
    expect(message).toContain(second)
  })
})

describe('servers.json of this repository', () => {
  it('loads without warnings', async () => {
    const file = new URL('../../servers.json', import.meta.url).pathname
    expect((await loadConfig(file, { env: {} })).warnings).toEqual([])
  })
})

type Named = Readonly<{ name: string; node: Record<string, unknown> }>

/** Every key anywhere in a schema. */
function keysOf(node: unknown): Named[] {
  if (Array.isArray(node)) return node.flatMap(keysOf)
  if (!isObject(node)) return []
  const own = isObject(node.properties) ? Object.entries(node.properties) : []
  return [
    ...own.map(([name, child]) => ({ name, node: isObject(child) ? child : {} })),
    ...own.flatMap(([, child]) => keysOf(child)),
    ...['items', 'additionalProperties', 'anyOf'].flatMap(key => keysOf(node[key])),
  ]
}
