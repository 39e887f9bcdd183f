import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import { nameExtract } from '../../../../src/sources/openapi/cache/cache-name.ts'
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
  // The files that run are looked at once, so each state of them is looked at by a process of its own.
  const root = mkdtempSync(join(tmpdir(), 'reader-'))
  const src = fileURLToPath(new URL('../../../../src', import.meta.url))
  cpSync(src, join(root, 'src'), { recursive: true })
  writeFileSync(join(root, 'package-lock.json'), '{}')
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  afterAll(() => rmSync(root, { recursive: true }))
  const entry = join(root, 'src/sources/openapi/cache/cache-name.ts')
  const script = `process.stdout.write((await import(${JSON.stringify(entry)})).identifyReader('1.0.0'))`
  const identify = () => execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  const first = identify()

  it('knows the same one again', () => {
    expect(first).toMatch(/^[0-9a-f]{16}$/)
    expect(identify()).toBe(first)
  })

  it.each([
    'src/sources/openapi/schema/json-schema.ts',
    'src/core/json.ts',
    'src/sources/openapi/read-thread.ts',
    'package-lock.json',
  ])('knows another one when %s was written, also with the same bytes and times', file => {
    const before = identify()
    const path = join(root, file)
    const { atime, mtime } = statSync(path)
    writeFileSync(path, readFileSync(path))
    utimesSync(path, atime, mtime)
    expect(identify()).not.toBe(before)
  })

  it('does not mind what has no part in it', () => {
    const before = identify()
    writeFileSync(join(root, 'src/main.ts'), '')
    expect(identify()).toBe(before)
  })
})
