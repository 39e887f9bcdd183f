import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import { identifyReader, nameExtract } from '../../../../src/sources/openapi/cache/cache-name.ts'
import type { DocumentConfig } from '../../../../src/sources/openapi/read-document.ts'
import { toExtractConfig } from '../../../../src/sources/openapi/read-document.ts'
import { entryFullOfSecrets } from '../secret-entry.ts'

type Entry = Omit<DocumentConfig, 'document'>
const digest = 'a'.repeat(64)
const nameOf = (entry: Partial<Entry>, limits: Partial<typeof defaultLimits> = {}, size = 5) => {
  const config = toExtractConfig({ headers: {}, ...entry })
  return nameExtract('reader', { digest, size, config, limits: { ...defaultLimits, ...limits } })
}
const usual = nameOf({})

describe('the name of an extract', () => {
  const settings: readonly Partial<Entry>[] = [
    { headers: { 'x-a': '1' } },
    { forwardHeaders: ['x-b'] },
    { arrayFormat: 'indices' },
    { schemaMode: 'refs' },
    { schemaMode: 'inline' },
    { outputSchemas: true },
    { include: { tags: ['a'] } },
    { exclude: { tags: ['a'] } },
    { readOnly: true },
    { overrides: { a: { name: 'b' } } },
  ]
  const limits = [
    'maxDocumentBytes',
    'maxDocumentDepth',
    'maxToolsPerSource',
    'maxToolBytes',
    'maxOutputSchemaBytes',
    'maxDescriptionLength',
  ] as const

  it('is another for each setting and limit that decides what is read', () => {
    const names = [usual, ...settings.map(entry => nameOf(entry)), ...limits.map(name => nameOf({}, { [name]: 7 }))]
    expect(new Set(names).size).toBe(1 + settings.length + limits.length)
    expect(nameOf({}, {}, 6)).not.toBe(usual)
    const config = toExtractConfig({ headers: {} })
    expect(nameExtract('other', { digest, size: 5, config, limits: defaultLimits })).not.toBe(usual)
    expect(nameExtract('reader', { digest: 'b', size: 5, config, limits: defaultLimits })).not.toBe(usual)
  })

  it.each(Object.entries(entryFullOfSecrets).filter(([name]) => name !== 'headers' && name !== 'forwardHeaders'))(
    'does not depend on %s, which may hold a secret',
    (name, value) => {
      expect(nameOf({ [name]: value })).toBe(usual)
    },
  )

  it('does not depend on the values of headers', () => {
    expect(nameOf({ headers: { 'X-A': '1' } })).toBe(nameOf({ headers: { 'x-a': '2' } }))
  })

  it('tells nothing but the reader and the size', () => {
    expect(usual).toMatch(/^reader-5-[0-9a-f]{64}$/)
  })
})

describe('identifyReader', () => {
  it('knows none when we run from source', () => {
    expect(identifyReader('1.0.0')).toBeUndefined()
  })
})
