import type { JsonObject } from '../../../core/json.ts'
import { isDeeperThan, isObject } from '../../../core/json.ts'
import { cleanText } from '../document/clean-text.ts'
import { followRef } from '../document/resolve-ref.ts'
import type { Warn } from '../document/warning.ts'
import { isExtended, pinDiscriminator } from './discriminator.ts'
import type { LeftOut } from './left-out.ts'
import { findLeftOut } from './left-out.ts'
import { requireNothingLeftOut } from './require-nothing.ts'
import { toDialect2020 } from './schema-dialect.ts'
import type { KeywordKind } from './schema-keywords.ts'
import { isPattern, keywordKinds, schemaTypes } from './schema-keywords.ts'
import { schemaNames } from './schema-names.ts'

/** A schema of JSON Schema 2020-12. */
export type Schema = JsonObject | boolean

/**
 * The schemas of one document, converted when first asked for and then shared by every tool: nothing is copied, nothing
 * inlined, and the document is never changed.
 */
export type Schemas = Readonly<{
  /** Converts a schema of the document; its references become `#/$defs/Name`. */
  convert: (raw: unknown) => Schema
  /** The converted schema that `#/$defs/Name` stands for. */
  definition: (localRef: string) => Schema | undefined
  /**
   * The definitions that some converted schemas need, and those that these need, by name; undefined when none.
   *
   * @throws UnusableOperation `REF_REMOTE` when one of them points outside the document
   */
  definitions: (schemas: Iterable<Schema>) => JsonObject | undefined
  /** The properties of a schema of the document that are left out, wherever its `allOf` describes them. */
  leftOut: LeftOut['namesOf']
  /** Whether a schema of the document stands for others too, which have more properties. */
  isExtended: (raw: unknown) => boolean
}>

/** What its schemas describe: properties that only answers carry are not sent, and the other way round. */
export type SchemaUse = 'sent' | 'received'

/** Below this a schema is widened to `{}`. */
const maxSchemaDepth = 64
const maxDescriptionLength = 2_048
const maxTitleLength = 256

/**
 * Makes the converter for one document: OpenAPI 2.0, 3.0 and 3.1 schemas become JSON Schema 2020-12.
 *
 * Recursion is kept as a reference to a definition. What cannot be understood widens the schema, never fails. Properties
 * of the other direction are left out: `readOnly` ones of what is sent, `writeOnly` ones of what is received.
 *
 * @param warn - is told once for each reference that leads nowhere
 */
export function createSchemas(document: JsonObject, warn: Warn, use: SchemaUse = 'sent'): Schemas {
  const names = schemaNames(document, warn)
  const converted = new Map<object, JsonObject>()
  /** The `$ref`s inside each converted schema, as the document has them; absent where there are none. */
  const refsOf = new WeakMap<object, ReadonlySet<string>>()
  const definitionsByRef = new Map<string, Schema>()
  const leftOut = findLeftOut(document, use === 'sent' ? 'readOnly' : 'writeOnly')
  let refs: Set<string> | undefined

  const convert = (raw: unknown, depth: number): Schema => {
    if (typeof raw === 'boolean') return raw
    if (!isObject(raw) || depth > maxSchemaDepth) return {}
    const known = converted.get(raw)
    const schema = known ?? convertObject(raw, depth)
    if (known !== undefined) refs = merge(refs, refsOf.get(known))
    return schema
  }

  const convertObject = (raw: JsonObject, depth: number): JsonObject => {
    const outer = refs
    refs = undefined
    const read: Record<string, unknown> = {}
    const said = requireNothingLeftOut(raw, { document, leftOut, names })
    for (const key of Object.keys(said)) {
      const kind = keywordKinds.get(key)
      const value = kind && readKeyword(kind, said[key], depth)
      if (value !== undefined) read[key] = value
    }
    pinDiscriminator(read, said)
    const schema = toDialect2020(read, said)
    converted.set(raw, schema)
    if (refs !== undefined) refsOf.set(schema, refs)
    refs = merge(outer, refs)
    return schema
  }

  const readKeyword = (kind: KeywordKind, value: unknown, depth: number): unknown => {
    switch (kind) {
      case 'ref': {
        const name = typeof value === 'string' ? names.nameOf(value) : undefined
        if (name === undefined) return undefined
        refs = (refs ?? new Set()).add(value as string)
        return `#/$defs/${name}`
      }
      case 'schema':
        return isObject(value) || typeof value === 'boolean' ? convert(value, depth + 1) : undefined
      case 'schemas':
        return Array.isArray(value) && value.length > 0 ? value.map(each => convert(each, depth + 1)) : undefined
      case 'items':
        return Array.isArray(value) ? value.map(each => convert(each, depth + 1)) : convert(value, depth + 1)
      case 'properties':
        return mapEntries(followRef(document, value), each =>
          leftOut.isMarked(each) ? undefined : convert(each, depth + 1),
        )
      case 'patternMap':
        return mapEntries(value, (each, key) => (isPattern(key) ? convert(each, depth + 1) : undefined))
      case 'schemaMap':
        return mapEntries(value, each => convert(each, depth + 1))
      default:
        return readPlain(kind, value)
    }
  }

  const convertRoot = (raw: unknown): Schema => {
    refs = undefined
    return convert(raw, 0)
  }

  const definitionOf = (ref: string): Schema => {
    const known = definitionsByRef.get(ref)
    if (known !== undefined) return known
    const schema = convertRoot(names.targetOf(ref))
    definitionsByRef.set(ref, schema)
    return schema
  }

  return {
    convert: convertRoot,
    definition: localRef => {
      const ref = names.refOf(localRef.slice('#/$defs/'.length))
      return ref === undefined ? undefined : definitionOf(ref)
    },
    definitions: schemas => {
      const needed = new Set<string>()
      for (const schema of schemas) addRefs(needed, schema, refsOf)
      if (needed.size === 0) return undefined
      const found: Record<string, Schema> = {}
      // A set may grow while it is walked, and each new member is still visited: this is the closure.
      for (const ref of needed) {
        const schema = definitionOf(ref)
        found[names.nameOf(ref) ?? ''] = schema
        addRefs(needed, schema, refsOf)
      }
      return found
    },
    leftOut: leftOut.namesOf,
    isExtended: raw => isExtended(document, raw),
  }
}

function addRefs(needed: Set<string>, schema: Schema, refsOf: WeakMap<object, ReadonlySet<string>>): void {
  if (typeof schema === 'boolean') return
  for (const ref of refsOf.get(schema) ?? []) needed.add(ref)
}

function merge(outer: Set<string> | undefined, inner: ReadonlySet<string> | undefined): Set<string> | undefined {
  if (outer === undefined || inner === undefined) return outer ?? (inner && new Set(inner))
  for (const ref of inner) outer.add(ref)
  return outer
}

function mapEntries(value: unknown, read: (each: unknown, key: string) => Schema | undefined): JsonObject | undefined {
  if (!isObject(value)) return undefined
  const result: Record<string, Schema> = {}
  for (const key of Object.keys(value)) {
    // Assigning to `__proto__` would set the prototype; no API means that.
    const schema = key === '__proto__' ? undefined : read(value[key], key)
    if (schema !== undefined) result[key] = schema
  }
  return result
}

function readPlain(kind: KeywordKind, value: unknown): unknown {
  switch (kind) {
    case 'type':
      return readType(value)
    case 'text':
      return typeof value === 'string' ? cleanText(value, maxDescriptionLength) : undefined
    case 'plainText':
      return typeof value === 'string' ? cleanText(value, maxTitleLength) : undefined
    case 'pattern':
      return isPattern(value) ? value : undefined
    case 'number':
      return Number.isFinite(value) ? value : undefined
    case 'limit':
      return Number.isFinite(value) || typeof value === 'boolean' ? value : undefined
    case 'positiveNumber':
      return Number.isFinite(value) && (value as number) > 0 ? value : undefined
    case 'count':
      return Number.isInteger(value) && (value as number) >= 0 ? value : undefined
    case 'boolean':
      return value === true ? true : undefined
    case 'value':
      return isDeeperThan(value, maxSchemaDepth) ? undefined : value
    case 'values':
      return Array.isArray(value) && value.length > 0 && !isDeeperThan(value, maxSchemaDepth) ? value : undefined
    case 'names':
      return readNames(value)
    case 'nameLists':
      return isObject(value) && Object.values(value).every(each => readNames(each)) ? value : undefined
    default:
      return undefined
  }
}

function readNames(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  return value.every(each => typeof each === 'string') ? [...new Set(value as string[])] : undefined
}

function readType(value: unknown): unknown {
  // 2.0's `file` is bytes, which JSON can only carry as text.
  if (value === 'file') return 'string'
  if (schemaTypes.has(value)) return value
  if (!Array.isArray(value)) return undefined
  const types = [...new Set(value.filter(each => schemaTypes.has(each)))]
  return types.length === 0 || types.length !== new Set(value).size ? undefined : types
}
