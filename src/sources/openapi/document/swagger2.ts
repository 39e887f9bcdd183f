import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { kindOfBytes } from './choose-media-type.ts'
import { createFileFinder } from './find-file.ts'
import { withoutMisfitPatch } from './json-patch.ts'
import { rankMediaTypes } from './media-type.ts'
import type { Body, Encoding, FieldEncoding, FieldFile, Parameter, Place, Style } from './operation.ts'
import { UnusableOperation } from './operation.ts'
import { checkParameter, parameterName } from './parameters.ts'

/** How 2.0 joins arrays, in the words of 3.x (Swagger 2.0, Parameter Object, "collectionFormat"). */
const collectionStyles: ReadonlyMap<unknown, Style> = new Map<unknown, Style>([
  ['ssv', 'spaceDelimited'],
  ['tsv', 'tabDelimited'],
  ['pipes', 'pipeDelimited'],
])

/**
 * Reads a Parameter Object of Swagger 2.0 other than `body` and `formData`, which {@link readBody2} reads.
 *
 * @param raw - references already followed
 * @returns a string instead says why the parameter is left out; undefined, that it belongs to the body
 */
export function readParameter2(raw: JsonObject): Parameter | string | undefined {
  const { in: place } = raw
  const name = parameterName(raw)
  if (place === 'body' || place === 'formData') return undefined
  const problem = checkParameter(name, place)
  if (problem !== undefined) return problem
  const known = place as Place
  return {
    name: name as string,
    place: known,
    required: known === 'path' || raw.required === true,
    // In 2.0 a parameter is its own schema; what is not a keyword of one is dropped when it is converted.
    schema: raw,
    encoding: readCollectionFormat(raw, known),
  }
}

/**
 * Reads the `body` or `formData` parameters of one operation as a body.
 *
 * @param parameters - all of the operation's, references followed
 * @param own - the operation's `consumes`, where it has one; else the document's holds
 * @throws UnusableOperation `BODY_UNSUPPORTED`
 */
export function readBody2(document: JsonObject, parameters: readonly JsonObject[], own: unknown): Body | undefined {
  const consumes = own ?? document.consumes
  const types = Array.isArray(consumes) ? consumes.filter(each => typeof each === 'string') : []
  const bodies = parameters.filter(each => each.in === 'body')
  const fields = parameters.filter(each => each.in === 'formData' && typeof each.name === 'string')
  if (bodies.length > 1 || (bodies.length > 0 && fields.length > 0)) {
    throw new UnusableOperation('BODY_UNSUPPORTED', 'It has more than one body, which Swagger 2.0 does not allow.')
  }
  const [body] = bodies
  if (body !== undefined) {
    const read = readBodyParameter(
      body,
      withoutMisfitPatch(document, types, () => body.schema),
    )
    return read.kind === 'bytes' ? { ...read, kind: kindOfBytes(document, read.schema) } : read
  }
  return fields.length === 0 ? undefined : readForm(document, fields, types)
}

function readBodyParameter(raw: JsonObject, types: readonly string[]): Body {
  const chosen = types.length === 0 ? undefined : rankMediaTypes(types)
  if (types.length > 0 && chosen === undefined) {
    throw new UnusableOperation('BODY_UNSUPPORTED', `No body can be sent as ${types.join(', ').slice(0, 120)} yet.`)
  }
  // A body schema beside `consumes: [form]` is a slip of many documents; JSON is what such APIs read.
  const isForm = chosen?.kind === 'form' || chosen?.kind === 'multipart'
  const kind = chosen === undefined || isForm ? 'json' : chosen.kind
  return {
    required: raw.required === true,
    ...(typeof raw.description === 'string' && { description: raw.description }),
    mediaType: chosen !== undefined && chosen.kind === kind ? chosen.mediaType : 'application/json',
    kind,
    schema: raw.schema ?? {},
    encodings: new Map(),
  }
}

function readForm(document: JsonObject, fields: readonly JsonObject[], types: readonly string[]): Body {
  const multipart = types.filter(type => type.toLowerCase().startsWith('multipart/'))
  const files = findFiles(document, fields, types.length === 0 || multipart.length > 0)
  const isMultipart = files.size > 0 || (types.length > 0 && multipart.length === types.length)
  const required = fields.filter(field => field.required === true).map(field => field.name)
  const readEncoding = (field: JsonObject): FieldEncoding => {
    const file = files.get(field)
    return file === undefined ? { encoding: readCollectionFormat(field, 'query') } : { file }
  }
  return {
    required: required.length > 0,
    mediaType: isMultipart ? 'multipart/form-data' : 'application/x-www-form-urlencoded',
    kind: isMultipart ? 'multipart' : 'form',
    schema: { type: 'object', properties: Object.fromEntries(fields.map(field => [field.name, field])), required },
    encodings: new Map(fields.map(field => [String(field.name), readEncoding(field)])),
  }
}

/**
 * The fields that carry files: `type: file`, and lists of it, which 2.0 does not know and its generators write all the same
 * (springfox). Where a form may be multipart, binary text is a file too.
 */
function findFiles(
  document: JsonObject,
  fields: readonly JsonObject[],
  mayBeBinary: boolean,
): ReadonlyMap<JsonObject, FieldFile> {
  const findFile = createFileFinder(document)
  const found = new Map<JsonObject, FieldFile>()
  for (const field of fields) {
    const isNamed = [field, field.items].some(each => isObject(each) && each.type === 'file')
    const file = isNamed || mayBeBinary ? findFile(field, undefined) : undefined
    if (file !== undefined) found.set(field, file)
  }
  return found
}

function readCollectionFormat(raw: JsonObject, place: Place): Encoding {
  const format = raw.collectionFormat
  // `csv` is the default, also in a query, where 3.x would repeat the name.
  const plain: Style = place === 'query' || place === 'cookie' ? 'form' : 'simple'
  const { items } = raw
  return {
    style: collectionStyles.get(format) ?? plain,
    explode: format === 'multi',
    ...(isObject(items) && items.type === 'array' && { inner: readCollectionFormat(items, place) }),
  }
}

/**
 * The servers of a 2.0 document as Server Objects, one a scheme: `https` first. A host with a scheme or a slash of its own
 * is a slip of many documents; what `schemes` says wins over it.
 */
export function readServers2(document: JsonObject, documentUrl: string | undefined): readonly unknown[] {
  const { host, basePath } = document
  const path = typeof basePath === 'string' ? basePath : '/'
  if (typeof host !== 'string' || host === '') return [{ url: path }]
  const [, written, name] = /^(?:(https?):)?(?:\/\/)?(.*?)\/*$/is.exec(host) ?? []
  const offered = readSchemes2(document.schemes)
  const own = written?.toLowerCase() ?? (documentUrl?.startsWith('http:') ? 'http' : 'https')
  return (offered.length === 0 ? [own] : offered).map(scheme => ({
    url: `${scheme}://${name}${path.startsWith('/') ? '' : '/'}${path}`,
  }))
}

/**
 * The servers of an operation of 2.0 that has `schemes` of its own, which replace those of the document; undefined where
 * it has none that can be called, or the same.
 */
export function readOwnServers2(document: JsonObject, schemes: unknown): readonly unknown[] | undefined {
  const own = isSwagger2(document) ? readSchemes2(schemes) : []
  if (own.length === 0 || typeof document.host !== 'string' || document.host === '') return undefined
  const isSame = own.join() === readSchemes2(document.schemes).join()
  return isSame ? undefined : readServers2({ ...document, schemes: own }, undefined)
}

function readSchemes2(raw: unknown): readonly string[] {
  const listed: readonly unknown[] = Array.isArray(raw) ? raw : []
  return ['https', 'http'].filter(scheme => listed.includes(scheme))
}

/** True for a document of version 2.0. */
export function isSwagger2(document: JsonObject): boolean {
  return isObject(document) && document.swagger !== undefined && document.openapi === undefined
}
