import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import { documentOf, readDocument } from '../helpers.ts'

const text = (length: number) => 'x'.repeat(length)
const post = (properties: object, required: readonly string[] = []) =>
  documentOf({
    '/a': {
      post: { requestBody: { content: { 'application/json': { schema: { type: 'object', properties, required } } } } },
    },
  })
const readWith = (document: Record<string, unknown>, maxToolBytes: number) =>
  readDocument({ document }, { headers: {} }, { ...defaultLimits, maxToolBytes })

describe('a tool over its budget', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 100 }, (_, at) => [`p${at}`, { type: 'string', default: text(100), description: text(100) }]),
  )

  it('fits, says in _meta what was cut, and still takes every argument', () => {
    const { tools, calls } = readWith(post(properties), 4_096)
    const [made] = tools
    expect(Buffer.byteLength(JSON.stringify(made?.tool))).toBeLessThanOrEqual(4_096)
    expect(made?.tool._meta?.['patchbay/truncated']).toContain('defaults')
    expect(calls.get(made?.key ?? '')?.slots.size).toBe(100)
  })

  it('says nothing in _meta when it fits', () => {
    expect(readWith(post(properties), 1_000_000).tools[0]?.tool._meta?.['patchbay/truncated']).toBeUndefined()
  })

  it('is skipped with the reason when even its required arguments are too long', () => {
    const names = Array.from({ length: 400 }, (_, at) => `required_argument_${at}`)
    const parameters = names.map(name => ({ name, in: 'query', required: true, schema: { type: 'string' } }))
    const { tools, skipped } = readWith(documentOf({ '/a': { get: { parameters } } }), 4_096)
    expect(tools).toEqual([])
    expect(skipped).toMatchObject([{ code: 'TOO_LARGE', path: '/a' }])
  })
})
