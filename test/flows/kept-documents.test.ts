import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OutputOptions } from 'rolldown'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const home = mkdtempSync(join(tmpdir(), 'kept-documents-'))
const cli = join(home, 'dist', 'cli.js')
const documents = (cache: string) => join(cache, 'patchbay', 'documents')

type Bundle = Readonly<{ output: OutputOptions }>

/** Builds the package beside the one of the repository, which may be of another day. */
beforeAll(async () => {
  const { default: bundles } = await import(pathToFileURL(join(root, 'rolldown.config.mjs')).href)
  for (const { output, ...input } of bundles as readonly Bundle[]) {
    const bundle = await rolldown({ ...input, cwd: root, logLevel: 'silent' })
    await bundle.write({ ...output, cleanDir: false, dir: join(home, 'dist') })
  }
  cpSync(join(root, 'package.json'), join(home, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'))
}, 60_000)

afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A servers.json with one large document. */
function writeEntry(rest: object = {}): string {
  const folder = mkdtempSync(join(home, 'entry-'))
  const paths = Object.fromEntries([...Array(50).keys()].map(index => [`/things${index}`, { get: {} }]))
  const document = {
    openapi: '3.1.0',
    info: { title: 'Large', version: '1' },
    paths,
    'x-filler': 'x'.repeat(1_100_000),
  }
  writeFileSync(join(folder, 'large.json'), JSON.stringify(document))
  const headers = { authorization: 'Bearer secret-of-header' }
  const mcpServers = { large: { openapi: 'large.json', baseUrl: 'https://api.example.com/secret-path', headers } }
  writeFileSync(join(folder, 'servers.json'), JSON.stringify({ mcpServers, ...rest }))
  return join(folder, 'servers.json')
}

/** Lists the tools of the gateway over stdio, and lets it end by itself. */
async function list(config: string, cache: string, program = cli): Promise<{ tools: unknown; log: string }> {
  const env = { ...process.env, XDG_CACHE_HOME: cache }
  const child = spawn(process.execPath, [program, 'stdio', '--config', config, '--log-level', 'debug'], { env })
  const [out, err] = [[] as string[], [] as string[]]
  child.stdout.setEncoding('utf8').on('data', text => out.push(text))
  child.stderr.setEncoding('utf8').on('data', text => err.push(text))
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
  for (const message of [
    { id: 1, method: 'initialize', params },
    { method: 'notifications/initialized' },
    { id: 2, method: 'tools/list' },
  ]) {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }
  child.stdin.end()
  await once(child, 'close')
  const messages = out
    .join('')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  return { tools: messages.find(({ id }) => id === 2)?.result?.tools, log: err.join('') }
}

describe('the gateway', () => {
  it.each([
    ['built', cli],
    ['run from source', join(root, 'src/cli.ts')],
  ])(
    '%s, keeps what it read of a large document, and takes it from there at the next start',
    async (_, program) => {
      const config = writeEntry()
      const cache = mkdtempSync(join(home, 'cache-'))
      const first = await list(config, cache, program)
      expect(first.tools).toHaveLength(50)
      const [name = '', ...others] = readdirSync(documents(cache))
      expect(others).toEqual([])
      const kept = readFileSync(join(documents(cache), name), 'latin1')
      expect(kept).not.toContain('secret')
      const second = await list(config, cache, program)
      expect(second.tools).toEqual(first.tools)
      // Damaged, it is read anew, which shows that it was the kept one before.
      expect(second.log).not.toContain('damaged')
      writeFileSync(join(documents(cache), name), `${kept.slice(0, -1)}!`, 'latin1')
      const third = await list(config, cache, program)
      expect(third.tools).toEqual(first.tools)
      expect(third.log).toContain('is damaged')
      expect(readFileSync(join(documents(cache), name), 'latin1')).toBe(kept)
    },
    60_000,
  )

  it.each([
    ['its limit is 0', { limits: { maxDocumentCacheBytes: 0 } }],
    ['its store keeps nothing', { store: { path: ':memory:' } }],
  ])('keeps nothing where %s', async (_, rest) => {
    const cache = mkdtempSync(join(home, 'cache-'))
    const { tools } = await list(writeEntry(rest), cache)
    expect(tools).toHaveLength(50)
    expect(existsSync(documents(cache))).toBe(false)
  })

  it('lists all the same where nothing can be kept', async () => {
    const file = join(home, 'a-file')
    writeFileSync(file, '')
    const { tools, log } = await list(writeEntry(), file)
    expect(tools).toHaveLength(50)
    expect(log.match(/are not kept/g)).toHaveLength(1)
    expect(log).not.toMatch(/"level":(?:40|50|60)/)
  })
})
