import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../src/core/limits.ts'
import { previewDocument } from '../../../src/sources/openapi/read-source.ts'

/** Documents too large to be kept in the repository; `npm run corpus` checks all of them, and these by number. */
const folder = process.env.PATCHBAY_SPECS ?? resolve(import.meta.dirname, '../../../../shared/specs')

describe.skipIf(!existsSync(folder))(`real documents in ${folder}`, () => {
  it.each([
    ['github.json', 1_223],
    ['docker-engine.yaml', 108],
    ['figma.yaml', 54],
    ['petstore-2.0.json', 20],
    ['train-travel-3.1.json', 7],
    ['oai-uspto.yaml', 3],
  ])('%s gives %i operations, and skips none for a fault in reading it', async (name, count) => {
    const config = { document: { at: join(folder, name) }, headers: {} }
    const { tools, skipped } = await previewDocument(config, { limits: defaultLimits })
    expect([tools.length + skipped.length, skipped.filter(({ code }) => code !== 'BODY_UNSUPPORTED')]).toEqual([
      count,
      [],
    ])
  })
})
