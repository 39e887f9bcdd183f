import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'

/** Keys that hold a map of names, so that a `default` or `example` below them is a name and no keyword. */
const maps = new Set([
  ...['paths', 'pathItems', 'additionalOperations', 'responses', 'headers', 'content', 'encoding', 'mediaTypes'],
  ...['schemas', 'parameters', 'requestBodies', 'securitySchemes', 'securityDefinitions', 'variables'],
  ...['properties', 'patternProperties', 'definitions', '$defs', 'dependentSchemas', 'dependencies'],
])

/** Keys below which a `$ref` is data, or leads to what no tool is made of. */
const skipped = new Set(['example', 'examples', 'default', 'const', 'enum', 'callbacks', 'webhooks', 'links'])

/**
 * Visits every object of a document, or of a file that one refers to, whose `$ref` is a reference by its position, and every
 * place in the mapping of a discriminator. One inside an example, a default, an enum or an extension is data, and left alone.
 *
 * @param visit - may change what stands under `key`, which is `$ref` but in a mapping
 */
export function visitRefs(
  root: JsonObject,
  visit: (holder: Record<string, unknown>, ref: string, key: string) => void,
): void {
  // YAML aliases make one object stand in several places.
  const seen = new Set<object>()

  const visitNode = (node: unknown, isMap: boolean): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return
    seen.add(node)
    if (Array.isArray(node)) {
      for (const each of node) visitNode(each, false)
      return
    }
    if (!isObject(node)) return
    if (typeof node.$ref === 'string') visit(node, node.$ref, '$ref')
    if (isObject(node.discriminator) && isObject(node.discriminator.mapping)) visitMapping(node.discriminator.mapping)
    for (const key of Object.keys(node)) {
      if (!isMap && (skipped.has(key) || key.startsWith('x-'))) continue
      const value = node[key]
      visitNode(value, !isMap && maps.has(key) && isObject(value))
    }
  }

  const visitMapping = (mapping: JsonObject): void => {
    if (seen.has(mapping)) return
    seen.add(mapping)
    for (const [value, target] of Object.entries(mapping)) {
      if (typeof target === 'string' && isPlace.test(target)) visit(mapping, target, value)
    }
  }

  visitNode(root, false)
}

/** Anything else in a mapping is the bare name of a schema (OpenAPI 3.1, Discriminator Object). */
const isPlace = /[/#]|\.(ya?ml|json)$/i
