import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { isObject } from '../../../src/core/json.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import { previewDocument } from '../../../src/sources/openapi/read-source.ts'

const root = resolve(import.meta.dirname, '../../..')
const folder = resolve(root, process.env.PATCHBAY_SPECS ?? '../shared/specs')

/** The documents of a folder; none when it is not there, since they are too many to be kept in the repository. */
function documentsIn(folder: string): readonly string[] {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.filter(name => /\.(json|yaml)$/.test(name)).map(name => join(folder, name))
}

const preview = (at: string) => previewDocument({ document: { at }, headers: {} }, { limits: defaultLimits })
const real = documentsIn(folder)

describe.skipIf(real.length === 0)('real documents', () => {
  it.each(real.map(path => [basename(path), path]))('%s loads, and every schema compiles', async (_, path) => {
    const { tools } = await preview(path)
    for (const { tool } of tools) {
      expect(tool.inputSchema.type).toBe('object')
      for (const key of Object.keys(tool.inputSchema.properties as object))
        expect(key).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/)
      expect(danglingRefs(tool.inputSchema)).toEqual([])
    }
    const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false, addUsedSchema: false })
    for (const { tool } of tools.filter((_, index) => index % 20 === 0)) ajv.compile(tool.inputSchema)
  })

  it('github.json gives all its operations', async () => {
    const { tools, skipped } = await preview(join(folder, 'github.json'))
    expect([tools.length, skipped]).toEqual([1_223, []])
  })
})

/** References that do not lead to a definition of the same schema. */
function danglingRefs(schema: unknown): readonly string[] {
  const text = JSON.stringify(schema)
  const definitions = isObject(schema) && isObject(schema.$defs) ? schema.$defs : {}
  const names = [...text.matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(([, name]) => name ?? '')
  return names.filter(name => !Object.hasOwn(definitions, name))
}

if (real.length === 0) {
  it.skip(`documents are looked for in PATCHBAY_SPECS, else in ${folder}`, () => {})
}
