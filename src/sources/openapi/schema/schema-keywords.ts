/**
 * What a keyword of a schema holds, and so how it is read. A keyword that is not listed is dropped: `example`, `xml`,
 * `discriminator`, `externalDocs`, `x-*`, `$id`, `$anchor`, `$dynamicRef`, and whatever a document invents. So is one
 * whose value is of the wrong kind, which widens the schema and never breaks it.
 */
export type KeywordKind =
  | 'ref'
  | 'type'
  | 'text'
  | 'plainText'
  | 'pattern'
  | 'number'
  | 'positiveNumber'
  | 'limit'
  | 'count'
  | 'boolean'
  | 'value'
  | 'values'
  | 'names'
  | 'nameLists'
  | 'schema'
  | 'schemas'
  | 'schemaMap'
  | 'properties'
  | 'patternMap'
  | 'items'

/** The keywords of JSON Schema 2020-12 that cross over, each with its kind (OpenAPI 2.0, 3.0 and 3.1, Schema Object). */
export const keywordKinds: ReadonlyMap<string, KeywordKind> = new Map<string, KeywordKind>([
  ['$ref', 'ref'],
  ['type', 'type'],
  ['title', 'text'],
  ['description', 'text'],
  ['format', 'plainText'],
  ['contentEncoding', 'plainText'],
  ['contentMediaType', 'plainText'],
  ['pattern', 'pattern'],
  ['enum', 'values'],
  ['const', 'value'],
  ['default', 'value'],
  ['minimum', 'number'],
  ['maximum', 'number'],
  ['exclusiveMinimum', 'limit'],
  ['exclusiveMaximum', 'limit'],
  ['multipleOf', 'positiveNumber'],
  ['minLength', 'count'],
  ['maxLength', 'count'],
  ['minItems', 'count'],
  ['maxItems', 'count'],
  ['minContains', 'count'],
  ['maxContains', 'count'],
  ['minProperties', 'count'],
  ['maxProperties', 'count'],
  ['uniqueItems', 'boolean'],
  ['writeOnly', 'boolean'],
  ['deprecated', 'boolean'],
  ['required', 'names'],
  ['dependentRequired', 'nameLists'],
  ['properties', 'properties'],
  ['patternProperties', 'patternMap'],
  ['dependentSchemas', 'schemaMap'],
  ['additionalProperties', 'schema'],
  ['unevaluatedProperties', 'schema'],
  ['unevaluatedItems', 'schema'],
  ['propertyNames', 'schema'],
  ['contains', 'schema'],
  ['not', 'schema'],
  ['if', 'schema'],
  ['then', 'schema'],
  ['else', 'schema'],
  ['items', 'items'],
  ['prefixItems', 'schemas'],
  ['allOf', 'schemas'],
  ['anyOf', 'schemas'],
  ['oneOf', 'schemas'],
])

/** The types of JSON Schema; `file` (2.0) and inventions such as `any` are not among them. */
export const schemaTypes: ReadonlySet<unknown> = new Set([
  'string',
  'number',
  'integer',
  'boolean',
  'object',
  'array',
  'null',
])

/** True for a pattern that JSON Schema's regular expressions allow; it is compiled and never run. */
export function isPattern(value: unknown): value is string {
  if (typeof value !== 'string') return false
  try {
    new RegExp(value, 'u')
    return true
  } catch {
    return false
  }
}
