import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { outcomes } from './hostile-outcomes.ts'
import { largeDocuments } from './large-documents.ts'
import type { Peak } from './measure-peak.ts'

const run = promisify(execFile)
const measurer = join(import.meta.dirname, 'measure-peak.ts')
const fixtures = resolve(import.meta.dirname, '../../fixtures/hostile')
const shared = process.env.PATCHBAY_HOSTILE_SPECS ?? resolve(import.meta.dirname, '../../../../shared/hostile-specs')
const folder = mkdtempSync(join(tmpdir(), 'hostile-memory-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Reads the documents one after the other in one process, which has some 90 MB before the first. */
async function measure(paths: readonly string[]): Promise<readonly Peak[]> {
  const { stdout } = await run(process.execPath, [measurer, ...paths])
  return JSON.parse(stdout)
}

/** The file name of each that was refused, and the most that was resident. */
const sumUp = (peaks: readonly Peak[]) => ({
  refused: peaks.filter(({ outcome }) => outcome === 'refused').map(({ path }) => basename(path)),
  peakMb: peaks.at(-1)?.peakMb ?? Number.POSITIVE_INFINITY,
})

describe('the memory of a process that reads hostile documents', () => {
  it('stays below 256 MB over all that are kept as files', { timeout: 60_000 }, async () => {
    const found = [fixtures, shared].filter(existsSync).flatMap(each => readdirSync(each).map(name => join(each, name)))
    const paths = new Map(found.map(path => [basename(path), path]))
    const known = Object.keys(outcomes).filter(name => paths.has(name))
    const { refused, peakMb } = sumUp(await measure(known.map(name => paths.get(name) ?? '')))
    expect(refused).toEqual(known.filter(name => outcomes[name]?.refused !== undefined))
    expect(peakMb).toBeLessThan(256)
  })

  it('stays below 448 MB over all that are made to be large, of up to 40 MB', { timeout: 60_000 }, async () => {
    const paths = Object.entries(largeDocuments()).map(([name, text]) => {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    })
    const { refused, peakMb } = sumUp(await measure(paths))
    expect(refused).toEqual(['L1-deep.json', 'L2-deep-schema.json', 'L5-too-long.json', 'L8-deep.yaml'])
    expect(peakMb).toBeLessThan(448)
  })
})
