import type { JsonObject } from '../core/json.ts'
import { isObject } from '../core/json.ts'
import type { Usage } from '../core/model.ts'

/** Adds two usages up: numbers are summed at every depth, of anything else the later one is kept. */
export function addUsage(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  return a === undefined || b === undefined ? (a ?? b) : addObjects(a, b)
}

function addObjects(a: JsonObject, b: JsonObject): JsonObject {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...names].map(name => [name, addValues(a[name], b[name])]))
}

function addValues(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (isObject(a) && isObject(b)) return addObjects(a, b)
  return b ?? a
}
