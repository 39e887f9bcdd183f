import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { Ajv2020 } from 'ajv/dist/2020.js'

/** Recorded traffic and vendor schemas are not ours to ship; these checks run where they lie beside the repository. */
export const fixtures: string = process.env.PATCHBAY_LLM_FIXTURES ?? '../shared/llm-fixtures'

/** False where the folder is missing: skip, and say so. */
export const hasFixtures: boolean = existsSync(join(fixtures, 'openai-openapi.json'))
if (!hasFixtures)
  process.stderr.write(`Skipped: no recorded provider traffic at ${fixtures} (PATCHBAY_LLM_FIXTURES).\n`)

/** A validator for one schema of OpenAI's own API description. */
export function openAiSchema(name: string): ValidateFunction {
  ajv ??= load()
  return ajv.compile({ $ref: `openai#/components/schemas/${name}` })
}

let ajv: Ajv2020 | undefined

function load(): Ajv2020 {
  const document: unknown = JSON.parse(readFileSync(join(fixtures, 'openai-openapi.json'), 'utf8'))
  return new Ajv2020({ strict: false, validateFormats: false }).addSchema(withoutNullable(document) as object, 'openai')
}

/** `nullable` is of OpenAPI 3.0; ajv's 2020 dialect refuses it beside anything but `type`. */
function withoutNullable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutNullable)
  if (typeof node !== 'object' || node === null) return node
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withoutNullable(value)]),
  )
  return nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest
}
