import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { cleanText } from '../document/clean-text.ts'
import type { Body, Encoding, FieldEncoding, Operation, Parameter, Place } from '../document/operation.ts'
import type { Schema, Schemas } from '../schema/json-schema.ts'
import type { Wish } from './argument-names.ts'
import { nameArguments } from './argument-names.ts'
import { joinParts, readBodyFields } from './body-fields.ts'
import { bytesSchema, fileSchema } from './file-schema.ts'

/** Where one argument goes. `name` is the document's, which the argument's own name may not be. */
export type Slot = Readonly<
  | { place: Place; name: string; encoding: Encoding }
  | { place: 'field'; name: string; encoding?: FieldEncoding }
  | { place: 'body' }
>

/** The arguments of one operation: what the model sees of them, and where each goes. */
export type Arguments = Readonly<{
  /** JSON Schema 2020-12 with a plain object at its root: properties, never a combinator or a reference. */
  inputSchema: JsonObject
  /** By argument name. */
  slots: ReadonlyMap<string, Slot>
  /** Arguments without a slot are fields of the body, as the document allows more than it lists. */
  openBody: boolean
}>

const maxDescriptionLength = 2_048

/**
 * Lays out the arguments of an operation as one flat object: a property for each parameter, and the properties of the
 * body beside them where the body is an object, else one argument `body`.
 *
 * @throws UnusableOperation when a schema points outside the document
 */
export function planArguments(operation: Operation, schemas: Schemas): Arguments {
  const { entries, additional } = readEntries(operation, schemas)
  const names = nameArguments(entries)
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  const slots = new Map<string, Slot>()
  for (const [index, entry] of entries.entries()) {
    const name = names[index] ?? ''
    properties[name] = name === entry.name ? describePlain(entry) : describe(entry, name)
    slots.set(name, entry.slot)
    if (entry.required) required.push(name)
  }
  const shown = entries.flatMap(({ schema, parts }) => (parts === undefined ? [schema] : [...parts]))
  const definitions = schemas.definitions(additional === undefined ? shown : [...shown, additional])
  return {
    inputSchema: {
      type: 'object',
      properties,
      ...(required.length > 0 && { required }),
      ...(additional !== undefined && { additionalProperties: additional }),
      ...(definitions && { $defs: definitions }),
    },
    slots,
    openBody: additional !== undefined,
  }
}

type Entry = Wish &
  Readonly<{
    schema: Schema
    /** The converted schemas in `schema`, where that was put together from them: they know what they refer to. */
    parts?: ReadonlySet<Schema>
    required: boolean
    description?: string
    slot: Slot
  }>

function readEntries(operation: Operation, schemas: Schemas): { entries: Entry[]; additional?: Schema } {
  const entries: Entry[] = []
  for (const parameter of operation.parameters) {
    const entry = readOnce(parameter, schemas)
    if (entry !== undefined) entries.push(entry)
  }
  if (operation.body === undefined) return { entries }
  const body = readBody(operation.body, schemas)
  return { ...body, entries: [...entries, ...body.entries] }
}

/** Thousands of operations share a few hundred parameters; so they share what becomes of them. */
const readBefore = new WeakMap<Schemas, Map<Parameter, Entry | undefined>>()

function readOnce(parameter: Parameter, schemas: Schemas): Entry | undefined {
  const known = readBefore.get(schemas) ?? new Map<Parameter, Entry | undefined>()
  readBefore.set(schemas, known)
  const before = known.get(parameter)
  if (before !== undefined || known.has(parameter)) return before
  const entry = readParameter(parameter, schemas)
  known.set(parameter, entry)
  return entry
}

function readParameter({ name, place, required, ...more }: Parameter, schemas: Schemas): Entry | undefined {
  const { description, encoding } = more
  const schema = schemas.convert(more.schema)
  // `false` allows no value at all, so there is nothing to ask for.
  if (schema === false) return undefined
  const slot = { place, name, encoding }
  const entry = { name, place, schema, required: place === 'path' || (required && !hasDefault(schema)), slot }
  return description === undefined ? entry : { ...entry, description }
}

/** A file has a schema of its own. */
const none: ReadonlySet<Schema> = new Set()

function readBody(body: Body, schemas: Schemas): { entries: Entry[]; additional?: Schema } {
  const schema = schemas.convert(body.schema)
  const isText = body.kind === 'text' || body.kind === 'bytes' || body.kind === 'base64'
  const fields = isText ? undefined : readBodyFields(schema, schemas)
  if (fields === undefined) {
    const shown = isText ? textSchema(body, schema) : body.kind === 'json' ? schema : formSchema(schema)
    const entry: Entry = {
      name: 'body',
      place: 'body',
      schema: shown,
      required: body.required,
      slot: { place: 'body' },
    }
    return { entries: [body.description === undefined ? entry : { ...entry, description: body.description }] }
  }
  // What one part of an `allOf` leaves out, another may still describe; the API does not need it.
  const leftOut = schemas.leftOut(body.schema)
  const entries = [...fields.properties]
    .map(([name, parts]) => ({ name, parts, property: joinParts(parts) }))
    .filter(({ property }) => property !== false)
    .map(({ name, parts, property }): Entry => {
      const encoding = body.encodings.get(name)
      const isNeeded = fields.required.has(name) && !leftOut.has(name) && ![...parts].some(hasDefault)
      return {
        name,
        place: 'body',
        schema: encoding?.file === undefined ? property : fileSchema(property, encoding.file),
        parts: encoding?.file?.always ? none : parts,
        required: body.required && isNeeded,
        slot: { place: 'field', name, ...(encoding && { encoding }) },
      }
    })
  const additional = fields.additional ?? (!fields.isClosed && schemas.isExtended(body.schema) ? true : undefined)
  return additional === undefined ? { entries } : { entries, additional }
}

/** Whatever the document says of an XML body or a file, what the model gives is a string. */
function textSchema({ kind, mediaType }: Body, schema: Schema): Schema {
  if (kind === 'bytes' || kind === 'base64') return bytesSchema(mediaType)
  return isObject(schema) && schema.type === 'string' ? schema : { type: 'string', contentMediaType: mediaType }
}

/** A form consists of fields, whatever else its document says it is. */
function formSchema(schema: Schema): Schema {
  const type = isObject(schema) ? schema.type : undefined
  if (type === undefined || [type].flat().includes('object')) return schema
  const note = 'The fields of the form, by name; a file is { data (base64) | text, filename?, contentType? }.'
  return { type: 'object', description: note }
}

/** An API that has a default does not need the value, whatever its document says. */
function hasDefault(schema: Schema): boolean {
  return isObject(schema) && schema.default !== undefined
}

/** One object for every operation that has this parameter, which is measured, looked through and sent on once. */
const described = new WeakMap<Entry, Schema>()

function describePlain(entry: Entry): Schema {
  const schema = described.get(entry) ?? describe(entry, entry.name)
  described.set(entry, schema)
  return schema
}

/** The parameter's own description wins over its schema's; a rewritten name says what it is sent as. */
function describe(entry: Entry, name: string): Schema {
  const { schema, name: original, place } = entry
  const own = isObject(schema) && typeof schema.description === 'string' ? schema.description : undefined
  const text = entry.description === undefined ? own : cleanText(entry.description, maxDescriptionLength)
  const sentAs = name === original || name === `${original}__${place}` ? undefined : `Sent as \`${shorten(original)}\`.`
  const description = [text, sentAs].filter(part => part !== undefined && part !== '').join(' ')
  if (description === (own ?? '')) return schema
  return isObject(schema) ? { ...schema, description } : { description }
}

function shorten(name: string): string {
  return cleanText(name, 80)
}
