import { mkdtempSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../../src/core/limits.ts'
import { readAhead } from '../../../../src/sources/openapi/load/read-ahead.ts'

const before = '{"openapi": "3.1.0", "paths": {"/a": {}}}'
const after = '{"openapi": "3.1.0", "paths": {"/b": {}}}'

function fileOf(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'read-ahead-')), 'api.json')
  writeFileSync(path, text)
  return path
}

describe('what was read ahead', () => {
  it('is given once to who wants that file under the usual limits', async () => {
    const path = fileOf(before)
    const take = readAhead(path)
    const file = { document: JSON.parse(before), bytes: Buffer.from(before) }
    expect([await take(path, defaultLimits), await take(path, defaultLimits)]).toEqual([file, undefined])
  })

  it.each([
    ['another file is wanted', { path: '/other.json' }],
    ['fewer bytes are allowed', { limits: { maxDocumentBytes: 10 } }],
    ['fewer levels are allowed', { limits: { maxDocumentDepth: 1 } }],
  ])('is not given when %s', async (_, { path: wanted, limits }: { path?: string; limits?: object }) => {
    const path = fileOf(before)
    expect(await readAhead(path)(wanted ?? path, { ...defaultLimits, ...limits })).toBeUndefined()
  })

  it('is not given when the file was written since', async () => {
    const path = fileOf(before)
    const take = readAhead(path)
    await new Promise(resolve => setTimeout(resolve, 50))
    writeFileSync(path, after)
    expect(await take(path, defaultLimits)).toBeUndefined()
  })

  it('is not given when another file of its size and time took its place', async () => {
    const path = fileOf(before)
    const now = new Date()
    utimesSync(path, now, now)
    const take = readAhead(path)
    await new Promise(resolve => setTimeout(resolve, 50))
    writeFileSync(`${path}.new`, after)
    utimesSync(`${path}.new`, now, now)
    renameSync(`${path}.new`, path)
    expect(await take(path, defaultLimits)).toBeUndefined()
  })

  it.each(['{"openapi": ', '', '[1]'])('is nothing when it cannot be read: %j', async text => {
    const path = fileOf(text)
    expect(await readAhead(path)(path, defaultLimits)).toBeUndefined()
    expect(await readAhead('/nowhere/there/is/nothing.json')('', defaultLimits)).toBeUndefined()
  })
})
