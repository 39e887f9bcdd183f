import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lintDocument } from '../../../../src/sources/openapi/lint/lint-document.ts'
import { documentOf } from '../helpers.ts'

const bounds = { timeoutMs: 15_000, maxMemoryMb: 512 }
const answers = { 200: { description: 'ok' } }

describe('lintDocument', () => {
  it.each([
    ['a sound document', documentOf({ '/a': { get: { responses: answers } } }), []],
    [
      'a sound document of 3.2, with what 3.1 does not know',
      {
        ...documentOf({ '/a': { query: { responses: answers }, additionalOperations: { COPY: {} } } }),
        openapi: '3.2.0',
        $self: 'https://a.example/api.json',
      },
      [],
    ],
    [
      'a keyword that is not one',
      documentOf({ '/a': { get: { responses: answers, oops: 1 } } }),
      [expect.stringMatching(/^#.* must NOT have unevaluated properties$/)],
    ],
    [
      'a reference to nothing',
      documentOf({ '/a': { $ref: '#/nothing' } }),
      [expect.stringContaining('Missing $ref pointer "#/nothing"')],
    ],
  ])('says of %s what is wrong with it', async (_, document, findings) => {
    const before = structuredClone(document)
    expect(await lintDocument(document, bounds)).toEqual(findings.length === 0 ? [] : expect.arrayContaining(findings))
    expect(document).toEqual(before)
  })

  it('opens no connection and reads no file', async () => {
    const hits: string[] = []
    const canary = createServer(socket => {
      hits.push('hit')
      socket.destroy()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void canary.close())
    await new Promise(resolve => canary.once('listening', resolve))
    const { port } = canary.address() as { port: number }
    const refs = [`http://127.0.0.1:${port}/x.json`, 'file:///etc/hostname', '../../../package.json', '/etc/hostname']
    const schemas = Object.fromEntries(refs.map(($ref, index) => [`s${index}`, { $ref }]))
    const findings = await lintDocument(documentOf({}, { components: { schemas } }), bounds)
    expect([hits, findings]).toEqual([[], []])
  })

  it('stops at its bounds when schemas written out have no end', async () => {
    const schemas: Record<string, object> = { s30: { type: 'string' } }
    for (let level = 0; level < 30; level += 1) {
      const $ref = `#/components/schemas/s${level + 1}`
      schemas[`s${level}`] = { type: 'object', properties: { a: { $ref }, b: { $ref }, c: { $ref } } }
    }
    const findings = await lintDocument(documentOf({}, { components: { schemas } }), { ...bounds, timeoutMs: 1_500 })
    expect(findings).toEqual(['The check was stopped after 1500 ms.'])
  })

  it('gives at most 50 findings, of at most 200 characters', async () => {
    const paths = Object.fromEntries(
      [...Array(200).keys()].map(index => [`/${index}${'x'.repeat(300)}`, { get: { parameters: 7 } }]),
    )
    const findings = await lintDocument(documentOf(paths), bounds)
    expect(findings).toHaveLength(50)
    for (const finding of findings) expect(finding.length).toBeLessThanOrEqual(200)
  })

  it('ends when nobody waits for it any more', async () => {
    const signal = AbortSignal.abort()
    expect(await lintDocument(documentOf({}), { ...bounds, signal })).toEqual(['The check was cancelled.'])
  })
})
