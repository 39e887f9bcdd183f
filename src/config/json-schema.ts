import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import { isObject } from '../core/json.ts'
import { fileSchema } from './file-schema.ts'
import type { Path } from './parse-jsonc.ts'

/** The JSON Schema (2020-12) of servers.json as text, ending in a line break: what `servers.schema.json` holds. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`
}

/** The keys that may stand at a place of the file; empty where any may, or where there is no such place. */
export function knownKeys(path: Path): string[] {
  const nodes = path.reduce<readonly JsonObject[]>(
    (before, part) => before.flatMap(node => below(node, part)),
    [...branches(jsonSchema())],
  )
  return [...new Set(nodes.flatMap(node => (isObject(node.properties) ? Object.keys(node.properties) : [])))]
}

let made: JsonObject | undefined

/** Made once, since it never changes. */
function jsonSchema(): JsonObject {
  made ??= { title: 'Patchbay servers.json', ...z.toJSONSchema(fileSchema, { io: 'input' }) }
  return made
}

function below(node: JsonObject, part: string | number): JsonObject[] {
  if (typeof part === 'number') return branches(node.items)
  const { properties, additionalProperties } = node
  return branches(isObject(properties) && Object.hasOwn(properties, part) ? properties[part] : additionalProperties)
}

function branches(node: unknown): JsonObject[] {
  if (!isObject(node)) return []
  return Array.isArray(node.anyOf) ? node.anyOf.filter(isObject) : [node]
}
