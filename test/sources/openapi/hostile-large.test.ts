import { createGzip } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ListedTool } from '../../../corpus/check-tools.ts'
import { checkTools } from '../../../corpus/check-tools.ts'
import type { Limits } from '../../../src/core/limits.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import { emptyLedger, nameTools } from '../../../src/core/tool-name.ts'
import type { DocumentPreview } from '../../../src/sources/openapi/read-document.ts'
import { previewDocument } from '../../../src/sources/openapi/read-source.ts'
import { documentOf, reasonsOf, serve } from './helpers.ts'
import { deepSchema, longChain, longEnum, manyParameters, nest, operations } from './large-documents.ts'

/** No document costs more than this of the processor's time, whatever else the machine does. */
const maxCpuMs = 5_000

const preview = async (inline: unknown, limits: Partial<Limits> = {}): Promise<DocumentPreview> => {
  const before = process.cpuUsage()
  try {
    return await previewDocument({ document: { inline }, headers: {} }, { limits: { ...defaultLimits, ...limits } })
  } finally {
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000).toBeLessThan(maxCpuMs)
  }
}

/** With names that the gateway would give, for the rules that hold for every list. */
const violationsOf = ({ tools }: DocumentPreview) => {
  const names = nameTools('', tools, emptyLedger)
  return checkTools(
    tools.map(({ key, tool }) => ({ ...tool, name: names.get(key) ?? '' }) as ListedTool),
    65_536,
  )
}

describe('a document that is too much', () => {
  it.each([
    ['JSON of 100,000 levels', `{"openapi":"3.1.0","paths":{},"x-a":${nest('[', 100_000, '', ']')}}`],
    ['JSON of 100,000 objects', `{"openapi":"3.1.0","paths":{},"x-a":${nest('{"a":', 100_000, '1', '}')}}`],
    ['YAML of 50,000 levels', `openapi: 3.1.0\npaths: {}\nx-a: ${nest('[', 50_000, '', ']')}`],
    ['YAML of 50,000 levels by indentation', [...Array(3_000).keys()].map(at => `${' '.repeat(at)}a:`).join('\n')],
    ['a schema of 5,000 levels', deepSchema()],
  ])('%s is refused', async (_, text) => {
    await expect(preview(text)).rejects.toMatchObject({ code: 'DOCUMENT_INVALID', data: { code: 'E_SPEC_DEPTH' } })
  })

  it('more bytes than allowed is refused, as JSON and as YAML', async () => {
    const filler = 'x'.repeat(21_000_000)
    const refusal = { code: 'DOCUMENT_INVALID', data: { code: 'E_SPEC_SIZE' } }
    await expect(preview(JSON.stringify(documentOf({ '/a': { get: { description: filler } } })))).rejects.toMatchObject(
      refusal,
    )
    await expect(preview(`openapi: 3.1.0\npaths: {}\nx-a: ${filler}`)).rejects.toMatchObject(refusal)
  })

  it('a gzip bomb is refused by what it decodes to', async () => {
    const { url, close } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      const gzip = createGzip()
      gzip.pipe(response)
      const zeros = Buffer.alloc(1_048_576, ' ')
      let left = 1_024
      const fill = (): void => {
        while (left > 0 && !response.destroyed) {
          left -= 1
          if (!gzip.write(zeros)) return void gzip.once('drain', fill)
        }
        gzip.end()
      }
      fill()
    })
    const before = process.memoryUsage.rss()
    const loading = previewDocument(
      { document: { at: url }, headers: {} },
      { limits: defaultLimits, egress: { loopback: true } },
    )
    await expect(loading).rejects.toMatchObject({ code: 'DOCUMENT_INVALID', data: { code: 'E_SPEC_SIZE' } })
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * 1_048_576)
    await close()
  })
})

describe('a document that is large', () => {
  it('gives 10,000 operations, and skips what is past the limit of a source', async () => {
    const { tools, skipped } = await preview(
      operations(10_050, index => `op${index}`),
      { maxToolsPerSource: 10_000 },
    )
    expect([tools.length, skipped.length, skipped[0]?.code]).toEqual([10_000, 50, 'TOO_MANY'])
  })

  it('names 5,000 operations of one id apart', async () => {
    const read = await preview(operations(5_000, () => 'the/same.name'))
    expect(read.tools).toHaveLength(5_000)
    expect(violationsOf(read)).toEqual([])
  })

  it('gives an operation of 5,000 parameters', async () => {
    const { tools } = await preview(manyParameters())
    expect(tools).toHaveLength(1)
  })

  it('widens a schema behind a chain of 20,000 references', async () => {
    const read = await preview(longChain())
    expect(read.tools).toHaveLength(1)
    expect(reasonsOf(read).join()).toContain('more than 100 in a row')
    expect(violationsOf(read)).toEqual([])
  })

  it('cuts a description of 20 MB', async () => {
    const description = 'x'.repeat(20_000_000)
    for (const text of [
      JSON.stringify(documentOf({ '/a': { get: { description } } })),
      `openapi: 3.1.0\npaths:\n  /a:\n    get:\n      description: ${description}\n`,
    ]) {
      const { tools } = await preview(text)
      expect(tools[0]?.tool.description?.length).toBeLessThanOrEqual(2_048)
    }
  })

  it('names an enum of 200,000 values in the description', async () => {
    const read = await preview(JSON.stringify(longEnum()))
    expect(JSON.stringify(read.tools)).toContain('One of 200000 values')
    expect(violationsOf(read)).toEqual([])
  })
})
