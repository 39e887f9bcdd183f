import { parentPort, workerData } from 'node:worker_threads'
import SwaggerParser from '@apidevtools/swagger-parser'
import { messageOf } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'

// The thread that `lint-document.ts` starts: it checks one document, answers once, and is ended by its owner.

/** What OpenAPI 3.2 added to a Path Item; the validator knows 3.1, and would call it an error. */
const newOperations = ['query', 'additionalOperations']

parentPort?.postMessage(await lint(relabel(workerData as JsonObject)))

/** The document came as a copy, so the validator may put whole schemas in the place of references. */
async function lint(document: JsonObject): Promise<readonly string[]> {
  try {
    await SwaggerParser.validate(document as never, {
      // Nothing outside the document is read: neither a file nor a URL.
      resolve: { external: false, file: false, http: false },
      dereference: { circular: 'ignore' },
    })
    return []
  } catch (thrown) {
    const details = isObject(thrown) && Array.isArray(thrown.details) ? thrown.details.filter(isObject) : []
    return details.length === 0 ? [messageOf(thrown)] : details.map(describe)
  }
}

function describe({ instancePath, message }: JsonObject): string {
  return `#${String(instancePath ?? '')} ${String(message ?? 'is not valid')}`
}

/** A copy of 3.2 is shown to the validator as 3.1, without what 3.1 does not have. */
function relabel(document: JsonObject): JsonObject {
  if (!String(document.openapi).startsWith('3.2')) return document
  const { $self: _, paths, ...rest } = document
  const older = Object.entries(isObject(paths) ? paths : {}).map(([path, item]) => {
    if (!isObject(item)) return [path, item]
    return [path, Object.fromEntries(Object.entries(item).filter(([key]) => !newOperations.includes(key)))]
  })
  return { ...rest, openapi: '3.1.2', ...(paths !== undefined && { paths: Object.fromEntries(older) }) }
}
