import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ListedTool } from '../../../corpus/check-tools.ts'
import { checkTools } from '../../../corpus/check-tools.ts'
import { GatewayError } from '../../../src/core/errors.ts'
import { isObject } from '../../../src/core/json.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import { emptyLedger, nameTools, withPrefix } from '../../../src/core/tool-name.ts'
import type { SourceTool } from '../../../src/core/tool-source.ts'
import { loadDocument } from '../../../src/sources/openapi/load/load-document.ts'
import type { DocumentPreview } from '../../../src/sources/openapi/read-document.ts'
import { previewDocument } from '../../../src/sources/openapi/read-source.ts'
import { servePatchbay } from '../../flows/patchbay.ts'
import { outcomes } from './hostile-outcomes.ts'

/** Every file that is opened, by whichever way this room has. */
const opened = vi.hoisted((): string[] => [])
vi.mock('node:fs/promises', async (original: () => Promise<typeof import('node:fs/promises')>) => {
  const real = await original()
  const open: typeof real.open = (path, ...rest) => {
    opened.push(String(path))
    return real.open(path, ...rest)
  }
  const readFile = ((path: string, ...rest: []) => {
    opened.push(String(path))
    return real.readFile(path, ...rest)
  }) as typeof real.readFile
  return { ...real, open, readFile }
})

// The small ones are kept here, so that every machine has them; the folder may have more.
const folders = [
  resolve(import.meta.dirname, '../../fixtures/hostile'),
  process.env.PATCHBAY_HOSTILE_SPECS ?? resolve(import.meta.dirname, '../../../../shared/hostile-specs'),
]
const paths = new Map(folders.flatMap(documentsIn).map(path => [basename(path), path]))
const expected = JSON.parse(readFileSync(join(folders[0] ?? '', 'expect.json'), 'utf8')) as Record<string, Expected>
type Expected = Readonly<{ outcome: 'load' | 'reject'; tools?: number; names?: string[]; code?: string; warn?: string }>

const preview = (at: string) => previewDocument({ document: { at }, headers: {} }, { limits: defaultLimits })

/** Sockets that anything in this process makes as a client. */
let sockets = 0
const count = (): void => {
  sockets += 1
}
beforeEach(() => {
  subscribe('net.client.socket', count)
})
afterEach(() => {
  unsubscribe('net.client.socket', count)
})

it('every hostile document has its outcome', () => {
  expect([...paths.keys()].filter(name => outcomes[name] === undefined)).toEqual([])
  expect(Object.keys(expected).filter(name => outcomes[name] === undefined)).toEqual([])
  const shared = resolve(folders[1] ?? '', '..')
  const isMissing = existsSync(shared) && !existsSync(folders[1] ?? '')
  if (process.env.CI === 'true') expect(isMissing, `${shared} is there, but without hostile-specs`).toBe(false)
})

it.skipIf(existsSync(folders[1] ?? ''))(`the large hostile documents are looked for in ${folders[1]}`, () => {})

describe.each([...paths])('%s', (name, path) => {
  const outcome = outcomes[name] ?? {}
  const agreed = expected[name]
  let loaded: DocumentPreview | GatewayError

  it('loads or is refused in time, opens nothing else, and changes nothing', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    opened.length = 0
    sockets = 0
    const started = performance.now()
    const longest = await longestTurn(async () => {
      loaded = await preview(path).catch((thrown: unknown) => thrown as GatewayError)
    })
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(longest).toBeLessThan(700)
    expect(sockets).toBe(0)
    expect(opened).toEqual([path])
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  })

  it('gives what it must', async () => {
    if (loaded instanceof Error) {
      expect(loaded).toBeInstanceOf(GatewayError)
      expect(loaded).toMatchObject({ code: 'DOCUMENT_INVALID', data: { code: outcome.refused ?? 'none' } })
      if (agreed !== undefined) expect(agreed).toMatchObject({ outcome: 'reject', code: outcome.refused })
      return
    }
    const { tools, skipped, warnings, servers } = loaded
    expect(outcome.refused).toBeUndefined()
    if (agreed !== undefined) expect([agreed.outcome, agreed.tools]).toEqual(['load', tools.length])
    if (agreed?.names !== undefined) expect(tools.map(({ tool }) => tool.name)).toEqual(agreed.names)
    if (agreed?.warn !== undefined) expect(agreed.warn).toBe('W_NO_OPERATIONS')
    if (agreed?.warn !== undefined) expect(outcome.warning).toContain('no operation')
    if (outcome.tools !== undefined) expect(tools).toHaveLength(outcome.tools)
    if (outcome.names !== undefined) expect(tools.map(({ tool }) => tool.name)).toEqual(outcome.names)
    if (outcome.servers !== undefined) expect(servers).toEqual(outcome.servers)
    if (outcome.skipped !== undefined) expect(skipped.map(each => `${each.code} ${each.path}`)).toEqual(outcome.skipped)
    if (outcome.warning !== undefined)
      expect(warnings.map(({ reason }) => reason).join('\n')).toContain(outcome.warning)
    for (const text of outcome.absent ?? []) expect(JSON.stringify(tools.map(({ tool }) => tool))).not.toContain(text)
    for (const { code, pointer = '#', reason } of warnings) {
      expect(code).toMatch(/^[A-Z_]+$/)
      expect(pointer).toMatch(/^#(\/|$)/)
      expect(reason).toMatch(/\S.*\.$/)
    }
    for (const { code, pointer, reason } of skipped) {
      expect(code).toMatch(/^[A-Z_]+$/)
      expect(pointer).toMatch(/^#\/paths(\/|$)/)
      expect(reason).toMatch(/\S.*\.$/)
    }
  })

  it('has legal tools, whose names do not depend on its order', async () => {
    if (loaded instanceof Error) return
    expect(checkTools(namedTools(loaded.tools), 65_536)).toEqual([])
    const { document } = await loadDocument({ at: path }, { limits: defaultLimits })
    const config = { document: { inline: reverse(document) }, headers: {} }
    const again = await previewDocument(config, { limits: defaultLimits })
    expect(namesByKey(again.tools)).toEqual(namesByKey(loaded.tools))
  })

  it('is quoted only in part', () => {
    const text = readFileSync(path, 'latin1').replaceAll('\0', '')
    const said = loaded instanceof Error ? [loaded.message, JSON.stringify(loaded.data)] : saidOf(loaded)
    for (const sentence of said) expect(longestQuote(sentence, text)).toBeLessThanOrEqual(200)
  })
})

it('previews of all of them show what is served', { timeout: 60_000 }, async () => {
  const ids = new Map([...paths].map(([name, path]) => [`d${name.slice(0, 2)}`, path]))
  const entries = Object.fromEntries([...ids].map(([id, openapi]) => [id, { openapi }]))
  const { url } = await servePatchbay(entries)
  const served = (await (await fetch(`${url}/mcp-rest/tools/list`)).json()) as { tools: Listed[] }
  for (const [id, path] of ids) {
    const text = textOf(path)
    if (!/[\n{]/.test(text) || text.length > 1_000_000) continue
    const body = JSON.stringify({ server_id: id, openapi: text })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/mcp-rest/test/tools/list`, { method: 'POST', headers, body })
    const { tools = [] } = (await answer.json()) as { tools?: Listed[] }
    expect(tools).toEqual(served.tools.filter(tool => tool.mcp_info.server_name === id))
  }
})

type Listed = Readonly<{ name: string; mcp_info: { server_name: string } }>

function documentsIn(folder: string): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.filter(name => /\.(json|yaml)$/.test(name) && name !== 'expect.json').map(name => join(folder, name))
}

/** The most time that this thread's processor spent in one turn of the event loop, in ms: what others do is not in it. */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  let longest = 0
  let last = process.threadCpuUsage()
  const tick = (): void => {
    const now = process.threadCpuUsage()
    longest = Math.max(longest, (now.user + now.system - last.user - last.system) / 1_000)
    last = now
  }
  const timer = setInterval(tick, 1)
  await work()
  clearInterval(timer)
  tick()
  return longest
}

function namesByKey(tools: readonly SourceTool[]): Record<string, string> {
  const names = nameTools('hostile', tools, emptyLedger)
  return Object.fromEntries([...names].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function namedTools(tools: readonly SourceTool[]): readonly ListedTool[] {
  const names = nameTools('hostile', tools, emptyLedger)
  return tools.map(({ key, tool }) => ({ ...tool, name: withPrefix('hostile', names.get(key) ?? '') }) as ListedTool)
}

/** The same document with the keys of every map in the other order, below `paths` too. */
function reverse(value: unknown, depth = 0): unknown {
  if (!isObject(value) || depth > 3) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, each]) => [key, reverse(each, depth + 1)]),
  )
}

function saidOf({ skipped, warnings }: DocumentPreview): readonly string[] {
  return [
    ...warnings.flatMap(each => [each.reason, each.pointer ?? '']),
    ...skipped.flatMap(each => [each.reason, each.pointer, each.path, each.operationId ?? '']),
  ]
}

/** The length of the longest part of a sentence that stands in the text. */
function longestQuote(sentence: string, text: string): number {
  let longest = 0
  for (let start = 0; start + longest < sentence.length; start += 1) {
    while (start + longest < sentence.length && text.includes(sentence.slice(start, start + longest + 1))) longest += 1
  }
  return longest
}

function textOf(path: string): string {
  const bytes = readFileSync(path)
  return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le', 2) : bytes.toString('utf8')
}
