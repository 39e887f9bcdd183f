import { Ajv2020 } from 'ajv/dist/2020.js'
import type { JsonObject } from '../src/core/json.ts'
import { isObject } from '../src/core/json.ts'

/** A tool as a client sees it. */
export type ListedTool = Readonly<{ name: string; inputSchema: JsonObject }>

/** A rule that a tool breaks. `where` is a JSON Pointer into its input schema. */
export type Violation = Readonly<{ rule: Rule; tool: string; where?: string; detail: string }>

/** What every list of tools must keep, whatever the document. */
export type Rule =
  | 'illegal-name'
  | 'duplicate-name'
  | 'illegal-key'
  | 'root-schema'
  | 'foreign-ref'
  | 'schema-refused'
  | 'too-large'

const legalName = /^[a-zA-Z0-9_-]{1,64}$/
/** What Anthropic accepts as the key of a property; one other key, and it refuses the whole request. */
const legalKey = /^[a-zA-Z0-9_.-]{1,64}$/
/** What no provider accepts at the root of a tool's schema. */
const combinators = ['anyOf', 'oneOf', 'allOf', 'not', 'if', '$ref', 'enum', 'const']

/** Keywords that hold one schema, a list of them, or a map of names to them (JSON Schema 2020-12, Core, section 10). */
const single = ['additionalProperties', 'propertyNames', 'items', 'contains', 'not', 'if', 'then', 'else']
const moreSingle = ['unevaluatedProperties', 'unevaluatedItems', 'contentSchema']
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const maps = ['properties', 'patternProperties', 'dependentSchemas', '$defs']

/**
 * Checks a list of tools against the rules that hold for every document.
 *
 * @param maxToolBytes - of one tool as JSON
 */
export function checkTools(tools: readonly ListedTool[], maxToolBytes: number): readonly Violation[] {
  const violations: Violation[] = []
  const names = new Set<string>()
  const compiled = new Set<string>()
  let ajv = createAjv()
  for (const [index, tool] of tools.entries()) {
    const { name, inputSchema } = tool
    const report = (rule: Rule, detail: string, where?: string) =>
      violations.push({ rule, tool: name, detail: detail.slice(0, 200), ...(where !== undefined && { where }) })
    if (!legalName.test(name)) report('illegal-name', 'It is not 1 to 64 characters of [a-zA-Z0-9_-].')
    if (names.has(name.toLowerCase())) report('duplicate-name', 'Another tool has it, but for case.')
    names.add(name.toLowerCase())
    const text = JSON.stringify(inputSchema)
    const bytes = Buffer.byteLength(JSON.stringify(tool))
    if (bytes > maxToolBytes) report('too-large', `${bytes} bytes, more than ${maxToolBytes}.`)
    if (inputSchema.type !== 'object') report('root-schema', 'Its type is not "object".')
    for (const keyword of combinators) if (Object.hasOwn(inputSchema, keyword)) report('root-schema', `Has ${keyword}.`)
    checkSchema(inputSchema, inputSchema, '', report)
    if (compiled.has(text)) continue
    compiled.add(text)
    // A compiler keeps all that it compiled.
    if (index % 50 === 49) ajv = createAjv()
    try {
      ajv.compile(inputSchema)
    } catch (thrown) {
      report('schema-refused', String(thrown))
    }
  }
  return violations
}

function createAjv(): Ajv2020 {
  const fast = { inlineRefs: false, code: { optimize: false } }
  return new Ajv2020({ strict: false, validateFormats: false, logger: false, addUsedSchema: false, ...fast })
}

type Report = (rule: Rule, detail: string, where?: string) => void

function checkSchema(schema: unknown, root: JsonObject, where: string, report: Report): void {
  if (!isObject(schema)) return
  for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
    const ref = schema[keyword]
    if (typeof ref === 'string' && !leadsInside(ref, root)) report('foreign-ref', ref, where)
  }
  for (const keyword of ['$id', '$anchor', '$dynamicAnchor'])
    if (schema[keyword] !== undefined) report('foreign-ref', keyword, where)
  for (const key of isObject(schema.properties) ? Object.keys(schema.properties) : []) {
    if (!legalKey.test(key)) report('illegal-key', JSON.stringify(key), `${where}/properties`)
  }
  for (const keyword of [...single, ...moreSingle]) checkSchema(schema[keyword], root, `${where}/${keyword}`, report)
  for (const keyword of lists) {
    const list = schema[keyword]
    if (!Array.isArray(list)) continue
    for (const [index, each] of list.entries()) checkSchema(each, root, `${where}/${keyword}/${index}`, report)
  }
  for (const keyword of maps) {
    const map = schema[keyword]
    if (!isObject(map)) continue
    for (const [key, each] of Object.entries(map)) checkSchema(each, root, `${where}/${keyword}/${key}`, report)
  }
}

function leadsInside(ref: string, root: JsonObject): boolean {
  if (!ref.startsWith('#/')) return false
  let node: unknown = root
  for (const segment of ref.slice(2).split('/')) {
    const key = decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~')
    if (!isObject(node) || !Object.hasOwn(node, key)) return false
    node = node[key]
  }
  return isObject(node) || typeof node === 'boolean'
}
