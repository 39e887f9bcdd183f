import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { defaultLimits } from '../../../src/core/limits.ts'
import { readSource } from '../../../src/sources/openapi/read-source.ts'
import { prepareThread } from '../../../src/sources/openapi/start-thread.ts'
import { documentOf, readDocument } from './helpers.ts'

/** A document of about `megabytes` with operations that share schemas and base URLs. */
function largeDocument(megabytes: number): string {
  const filler = 'x'.repeat(900)
  const paths: Record<string, object> = {}
  for (let index = 0; index < megabytes * 1_000; index += 1) {
    paths[`/things${index}/{id}`] = {
      description: filler,
      get: {
        operationId: `getThing${index}`,
        parameters: [{ name: 'id', in: 'path', required: true, schema: { $ref: '#/components/schemas/Id' } }],
      },
    }
  }
  const components = {
    schemas: { Id: { type: 'string', maxLength: 36 } },
    securitySchemes: { oauth: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/token' } } } },
  }
  const rest = { components, security: [{ oauth: [] }], servers: [{ url: 'https://api.example.com/v1' }] }
  return JSON.stringify(documentOf(paths, rest))
}

describe('a document read in a thread', () => {
  it('is the same as one read here', async () => {
    const text = largeDocument(1)
    const oauth = { kind: 'client', clientId: 'c', clientSecret: 's', auth: 'basic' } as const
    const config = { document: { inline: text }, headers: {}, credentials: { oauth } }
    const here = readDocument({ document: JSON.parse(text) }, config, defaultLimits)
    const there = await readSource(config, { limits: defaultLimits })
    expect(there).toEqual(here)
    expect(there.security.grants.get('oauth')).toMatchObject({ client: { url: 'https://api.example.com/token' } })
  })

  it('keeps what is shared between a tool and its call shared', async () => {
    const config = { document: { inline: largeDocument(1) }, headers: {} }
    const { tools, calls } = await readSource(config, { limits: defaultLimits })
    for (const { key, tool } of tools.slice(0, 10)) expect(calls.get(key)?.inputSchema).toBe(tool.inputSchema)
    expect(new Set([...calls.values()].map(call => call.baseUrls)).size).toBe(1)
  })

  it('leaves the event loop free', async () => {
    const inline = largeDocument(12)
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 5)
    const { tools } = await readSource({ document: { inline }, headers: {} }, { limits: defaultLimits })
    clearInterval(timer)
    expect(tools.length).toBe(12_000)
    // Read here, the document would be parsed in one turn and its operations read in another.
    expect(turns).toBeGreaterThan(20)
  })

  it.each([
    ['is no JSON', `{"openapi": "3.1.0", "x": "${'x'.repeat(1_100_000)}", oops}`, {}, /is not valid JSON/],
    ['takes too long', largeDocument(2), { documentTimeoutMs: 1 }, /limits\.documentTimeoutMs/],
    ['needs too much memory', largeDocument(12), { maxDocumentMemoryMb: 8 }, /limits\.maxDocumentMemoryMb/],
  ])('is refused when it %s', async (_, inline, limits, message) => {
    const reading = readSource({ document: { inline }, headers: {} }, { limits: { ...defaultLimits, ...limits } })
    await expect(reading).rejects.toMatchObject({ code: 'DOCUMENT_INVALID', message: expect.stringMatching(message) })
  })

  it('is read also where checking it takes too long', async () => {
    const schemas: Record<string, object> = { s30: { type: 'string', description: 'x'.repeat(1_100_000) } }
    for (let level = 0; level < 30; level += 1) {
      const $ref = `#/components/schemas/s${level + 1}`
      schemas[`s${level}`] = { type: 'object', properties: { a: { $ref }, b: { $ref }, c: { $ref } } }
    }
    const inline = JSON.stringify(documentOf({ '/a': { get: {} } }, { components: { schemas } }))
    const limits = { ...defaultLimits, documentTimeoutMs: 6_000 }
    const { tools, warnings } = await readSource({ document: { inline }, headers: {} }, { limits, lint: true })
    expect(tools).toHaveLength(1)
    const reason = expect.stringMatching(/^Lint: The check was stopped/)
    expect(warnings.at(-1)).toEqual({ code: 'LINT', reason })
  })

  it('is not read to its end when the check of it is cancelled', async () => {
    const abort = new AbortController()
    const inline = JSON.stringify(documentOf({ '/a': { get: {} } }))
    const options = { limits: defaultLimits, lint: true, signal: abort.signal }
    const reading = readSource({ document: { inline }, headers: {} }, options)
    setTimeout(() => abort.abort(), 20)
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('ends when nobody waits for it any more', async () => {
    const abort = new AbortController()
    const config = { document: { inline: largeDocument(2) }, headers: {} }
    const reading = readSource(config, { limits: defaultLimits, signal: abort.signal })
    abort.abort()
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('waits its turn when several are large', async () => {
    const config = { document: { inline: largeDocument(1) }, headers: {} }
    const all = await Promise.all([1, 2, 3, 4].map(() => readSource(config, { limits: defaultLimits })))
    expect(all.map(({ tools }) => tools.length)).toEqual([1_000, 1_000, 1_000, 1_000])
  })

  it('stops waiting for its turn when nobody waits for it any more', async () => {
    const config = { document: { inline: largeDocument(1) }, headers: {} }
    const options = { limits: defaultLimits }
    const ahead = [readSource(config, options), readSource(config, options)]
    const abort = new AbortController()
    const reading = readSource(config, { ...options, signal: abort.signal })
    const first = Promise.race([...ahead.map(each => each.then(() => 'read')), reading.catch(() => 'cancelled')])
    abort.abort()
    expect(await first).toBe('cancelled')
    await Promise.all(ahead)
  })

  it('is the same as ever where a thread had read it, or another one, ahead', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'read-in-thread-'))
    const [first, second] = [1, 2].map(megabytes => {
      const path = join(folder, `${megabytes}.json`)
      writeFileSync(path, largeDocument(megabytes))
      return path
    }) as [string, string]
    for (const [guess, wanted, count] of [
      [first, first, 1_000],
      [first, second, 2_000],
    ] as const) {
      prepareThread(guess, defaultLimits.maxDocumentMemoryMb)
      const { tools } = await readSource({ document: { at: wanted }, headers: {} }, { limits: defaultLimits })
      expect(tools).toHaveLength(count)
    }
  })

  it('takes no thread that was prepared and could not come up', async () => {
    const config = { document: { inline: largeDocument(1) }, headers: {} }
    vi.stubEnv('NODE_OPTIONS', '--require=/nowhere/there/is/nothing.cjs')
    try {
      prepareThread('/nowhere', defaultLimits.maxDocumentMemoryMb)
    } finally {
      vi.unstubAllEnvs()
    }
    // It fails meanwhile. Without anybody who listens, that would end the process.
    await new Promise(resolve => setTimeout(resolve, 1_000))
    const { tools } = await vi.waitFor(() => readSource(config, { limits: defaultLimits }), { timeout: 20_000 })
    expect(tools).toHaveLength(1_000)
  })
})
