import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fixtures } from '../recorded-fixtures.ts'

type Shape = {
  type: string
  members?: Record<string, { shape: string; location?: string }>
  member?: { shape: string }
  value?: { shape: string }
  required?: string[]
  enum?: string[]
  min?: number
  max?: number
  pattern?: string
  union?: boolean
  document?: boolean
}

const path = join(fixtures, 'bedrock-service-2.json')
/** AWS's own model of Bedrock Runtime, where it lies beside the repository. */
export const hasServiceModel: boolean = existsSync(path)
const shapes: Record<string, Shape> = hasServiceModel ? JSON.parse(readFileSync(path, 'utf8')).shapes : {}

/** Faults of a body by the service model; what is beside the path is not asked for. */
export function faultsOf(body: unknown, stream = false): string[] {
  return hasServiceModel ? check(body, stream ? 'ConverseStreamRequest' : 'ConverseRequest', 'body') : []
}

function check(value: unknown, name: string, at: string): string[] {
  const shape = shapes[name] ?? { type: 'missing' }
  const fault = (what: string): string[] => [`${at} (${name}) ${what}`]
  if (shape.document) return []
  const bound = (size: number): string[] =>
    size < (shape.min ?? -Infinity) || size > (shape.max ?? Infinity) ? fault(`has size ${size}`) : []
  switch (shape.type) {
    case 'structure': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return fault('is no object')
      const members = shape.members ?? {}
      const keys = Object.keys(value)
      return [
        ...keys.filter(key => !(key in members)).flatMap(key => fault(`has an unknown "${key}"`)),
        ...(shape.required ?? [])
          .filter(key => members[key]?.location === undefined && !keys.includes(key))
          .flatMap(key => fault(`lacks "${key}"`)),
        ...(shape.union && keys.length !== 1 ? fault(`is a union with ${keys.length} members`) : []),
        ...Object.entries(value).flatMap(([key, inner]) =>
          members[key] ? check(inner, members[key].shape, `${at}.${key}`) : [],
        ),
      ]
    }
    case 'list':
      if (!Array.isArray(value)) return fault('is no list')
      return [
        ...bound(value.length),
        ...value.flatMap((item, index) => check(item, shape.member?.shape ?? '', `${at}[${index}]`)),
      ]
    case 'map':
      if (typeof value !== 'object' || value === null) return fault('is no map')
      return [
        ...bound(Object.keys(value).length),
        ...Object.entries(value).flatMap(([key, item]) => check(item, shape.value?.shape ?? '', `${at}.${key}`)),
      ]
    case 'string':
      if (typeof value !== 'string') return fault('is no string')
      if (shape.enum && !shape.enum.includes(value)) return fault(`is "${value}"`)
      if (shape.pattern && !new RegExp(`^(?:${shape.pattern})$`).test(value)) return fault(`does not match: "${value}"`)
      return bound(value.length)
    case 'blob':
      if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return fault('is no base64')
      return bound(Buffer.from(value, 'base64').length)
    case 'boolean':
      return typeof value === 'boolean' ? [] : fault('is no boolean')
    case 'integer':
    case 'long':
      return Number.isInteger(value) ? bound(value as number) : fault('is no integer')
    case 'float':
    case 'double':
      return typeof value === 'number' ? bound(value) : fault('is no number')
    default:
      return fault(`is of a shape that nobody knows: ${shape.type}`)
  }
}
