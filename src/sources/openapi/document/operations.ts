import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { readFieldEncodings } from './body-encodings.ts'
import { chooseMediaType } from './choose-media-type.ts'
import { cleanText } from './clean-text.ts'
import { readContentParameter } from './content-parameter.ts'
import { findExtensions } from './extensions.ts'
import type { Body, Encoding, Operation, Parameter, SkipCode, SkippedOperation } from './operation.ts'
import { skipOperation, UnusableOperation } from './operation.ts'
import { splitPath, splitTemplate } from './path-template.ts'
import { explainRef, followEntries, followRef, isElsewhere, pointerSegment, resolveRef } from './resolve-ref.ts'
import { findResponseSchema } from './response-schema.ts'
import { isSwagger2, readBody2, readOwnServers2, readParameter2 } from './swagger2.ts'
import type { DocumentWarning } from './warning.ts'

/** Every operation of a document that can be read, in the document's order of paths; what is missing, and why. */
export type ReadOperations = Readonly<{
  operations: readonly Operation[]
  skipped: readonly SkippedOperation[]
  warnings: readonly DocumentWarning[]
}>

/** The methods of a Path Item, in the order in which they are listed and ranked. */
export const methods: readonly string[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

/** What else a Path Item holds. */
const otherFields = new Set(['$ref', 'summary', 'description', 'servers', 'parameters', 'additionalOperations'])

/**
 * Reads the operations of an OpenAPI document of version 2.0, 3.0, 3.1 or 3.2.
 *
 * One that cannot be read is skipped with its reason, and the rest load; this never throws. Callbacks and webhooks are
 * not operations of the API.
 */
export function readOperations(document: JsonObject): ReadOperations {
  const operations: Operation[] = []
  const skipped: SkippedOperation[] = []
  const warnings: DocumentWarning[] = []
  const paths = readPaths(document, skipped)
  for (const path of Object.keys(paths)) {
    if (path.startsWith('x-')) continue
    const pointer = `#/paths/${pointerSegment(path)}`
    const skip = (method: string, raw: unknown, thrown: unknown) => {
      const operationId = isObject(raw) && typeof raw.operationId === 'string' ? { operationId: raw.operationId } : {}
      const at = method === '*' ? pointer : `${pointer}/${pointerSegment(method)}`
      skipped.push(skipOperation({ method, path, ...operationId, pointer: at }, thrown))
    }
    try {
      const item = readPathItem(document, path, paths[path])
      for (const { method, raw, problem } of listMethods(document, item)) {
        try {
          if (problem !== undefined) throw new UnusableOperation('METHOD_UNSUPPORTED', problem)
          const at = { method, path, pointer: `${pointer}/${pointerSegment(method)}` }
          operations.push(readOperation(document, item, raw, at, warnings))
        } catch (thrown) {
          skip(method, raw, thrown)
        }
      }
    } catch (thrown) {
      skip('*', undefined, thrown)
    }
  }
  return { operations, skipped, warnings }
}

/** A document of many files may have all its paths in another one. */
function readPaths(document: JsonObject, skipped: SkippedOperation[]): JsonObject {
  const resolved = resolveRef(document, document.paths)
  if (resolved.ok) return isObject(resolved.value) ? resolved.value : {}
  skipped.push({ method: '*', path: '*', code: resolved.code, reason: explainRef(resolved), pointer: '#/paths' })
  return {}
}

function readPathItem(document: JsonObject, path: string, raw: unknown): JsonObject {
  if (!path.startsWith('/')) throw unusable('PATH_INVALID', 'A path begins with "/".')
  const item = followRef(document, raw)
  if (!isObject(item)) throw unusable('OPERATION_INVALID', 'It is not an object.')
  // What stands beside the reference counts too, and wins (OpenAPI 3.1, Path Item Object, "$ref").
  return item !== raw && isObject(raw) ? { ...item, ...raw } : item
}

/** Every method a path names, ours first and in our order; those that cannot be called say why. */
function listMethods(document: JsonObject, item: JsonObject): { method: string; raw: unknown; problem?: string }[] {
  const is32 = String(document.openapi).startsWith('3.2')
  const known = is32 ? [...methods, 'query'] : methods
  const listed = known.filter(name => Object.hasOwn(item, name)).map(method => ({ method, raw: item[method] }))
  const unknown = Object.keys(item)
    .filter(name => !known.includes(name) && !otherFields.has(name) && !name.startsWith('x-') && isObject(item[name]))
    .map(method => ({ method, raw: item[method], problem: 'It is not a method of OpenAPI (they are in lower case).' }))
  const additional = is32 && isObject(item.additionalOperations) ? item.additionalOperations : {}
  const more = Object.keys(additional).map(method => {
    const callable = /^[A-Za-z][A-Za-z0-9-]*$/.test(method) && !/^(connect|trace)$/i.test(method)
    return { method, raw: additional[method], ...(!callable && { problem: 'It is not a method that can be called.' }) }
  })
  return [...listed, ...more, ...unknown]
}

function readOperation(
  document: JsonObject,
  item: JsonObject,
  written: unknown,
  at: Readonly<{ method: string; path: string; pointer: string }>,
  warnings: DocumentWarning[],
): Operation {
  // No version allows a reference here, nor in place of a list or a map; documents of many files have them all the same.
  const raw = followRef(document, written)
  if (!isObject(raw)) throw unusable('OPERATION_INVALID', 'It is not an object.')
  const is2 = isSwagger2(document)
  const leftOut: string[] = []
  const listed = mergeParameters(document, [item.parameters, raw.parameters], leftOut)
  const read = listed.map(each => readOnce(each, is2 ? readParameter2 : () => readContentParameter(document, each)))
  leftOut.push(...read.filter(each => typeof each === 'string'))
  const usable = read.filter(each => typeof each === 'object')
  const parameters = matchTemplate(at.path, usable, leftOut)
  for (const what of leftOut) {
    const reason = `${at.method} ${at.path}: ${what}.`
    warnings.push({ code: 'PARAMETER_INVALID', reason, pointer: at.pointer })
  }
  const body = is2 ? readBody2(document, listed, raw.consumes) : readBody(document, raw.requestBody)
  const own = [readOwnServers2(document, raw.schemes), ...[raw, item].map(each => followRef(document, each.servers))]
  const servers = own.find(each => Array.isArray(each) && each.length > 0)
  const security = followRef(document, raw.security)
  const tags = readTags(raw.tags)
  const extensions = findExtensions(document, item, raw, at)
  return {
    ...at,
    ...(tags.length > 0 && { tags }),
    ...(extensions.length > 0 && { extensions }),
    ...(typeof raw.operationId === 'string' && { operationId: raw.operationId }),
    ...(typeof raw.summary === 'string' && { summary: raw.summary }),
    ...(typeof raw.description === 'string' && { description: raw.description }),
    deprecated: raw.deprecated === true,
    parameters,
    ...(body && { body }),
    responseSchema: () => findResponseSchema(document, raw.responses),
    ...(servers !== undefined && { servers: servers as readonly unknown[] }),
    ...(Array.isArray(security) && { security }),
  }
}

function readTags(raw: unknown): readonly string[] {
  const tags = Array.isArray(raw) ? raw.filter(tag => typeof tag === 'string') : []
  return tags.map(tag => cleanText(tag, 100)).filter(tag => tag !== '')
}

/**
 * The path's parameters, then the operation's; one of the same name and place replaces the path's. One that is missing
 * from the document is left out; one that is elsewhere makes the operation unusable, since it may matter.
 */
function mergeParameters(document: JsonObject, lists: readonly unknown[], leftOut: string[]): readonly JsonObject[] {
  const merged = new Map<string, JsonObject>()
  for (const list of lists.map(each => followRef(document, each))) {
    for (const each of Array.isArray(list) ? list : []) {
      const resolved = resolveRef(document, each)
      if (!resolved.ok && isElsewhere(resolved)) throw unusable(resolved.code, explainRef(resolved))
      if (!resolved.ok) leftOut.push(`the parameter ${explainRef(resolved).slice(0, -1)}`)
      const parameter = resolved.ok ? resolved.value : undefined
      if (!isObject(parameter)) continue
      const name = String(parameter.name)
      merged.set(`${String(parameter.in)}\u0000${parameter.in === 'header' ? name.toLowerCase() : name}`, parameter)
    }
  }
  return [...merged.values()]
}

type ReadParameter = Parameter | string | undefined

/** A parameter that many operations refer to is read once, and is then one object in all of them. */
const readBefore = new WeakMap<JsonObject, ReadParameter>()

function readOnce(raw: JsonObject, read: (raw: JsonObject) => ReadParameter): ReadParameter {
  if (!readBefore.has(raw)) readBefore.set(raw, read(raw))
  return readBefore.get(raw)
}

/**
 * Each placeholder of a path has its parameter, declared or not, and each path parameter its placeholder. In the query
 * part of a path a placeholder may stand for a query parameter.
 */
function matchTemplate(template: string, parameters: readonly Parameter[], leftOut: string[]): readonly Parameter[] {
  if (matchesPlainly(template, parameters)) return parameters
  const declared = new Map(parameters.filter(({ place }) => place === 'path').map(each => [each.name, each]))
  const asked = new Set(parameters.filter(({ place }) => place === 'query').map(({ name }) => name))
  const { path, query } = splitPath(template)
  const used = new Map<string, boolean>()
  for (const piece of splitTemplate(path, name => declared.has(name))) {
    if ('name' in piece) used.set(piece.name, piece.multiSegment)
  }
  for (const piece of query === '' ? [] : splitTemplate(query, name => declared.has(name) || asked.has(name))) {
    if ('name' in piece && !used.has(piece.name) && (declared.has(piece.name) || !asked.has(piece.name)))
      used.set(piece.name, false)
  }
  const kept = parameters.flatMap((parameter): readonly Parameter[] => {
    const { place, name, encoding } = parameter
    if (place !== 'path') return [parameter]
    const multiSegment = used.get(name)
    if (multiSegment) return [{ ...parameter, encoding: { ...encoding, multiSegment } }]
    if (multiSegment === false) return [parameter]
    leftOut.push(`path parameter ${JSON.stringify(name.slice(0, 80))} is not in the path`)
    return []
  })
  const added = [...used.keys()].filter(name => !declared.has(name))
  return [...added.map(name => undeclared(name, leftOut)), ...kept]
}

/** Nearly every path: its placeholders are its path parameters, each once. Whoever is not sure says no. */
function matchesPlainly(template: string, parameters: readonly Parameter[]): boolean {
  let placeholders = 0
  for (let at = template.indexOf('{'); at >= 0; at = template.indexOf('{', at + 1)) placeholders += 1
  const declared = parameters.filter(({ place }) => place === 'path')
  if (declared.length !== placeholders || /[?#]/.test(template)) return false
  return declared.every(({ name }) => !/[{}]/.test(name) && template.includes(`{${name}}`))
}

function undeclared(name: string, leftOut: string[]): Parameter {
  leftOut.push(`{${name.slice(0, 80)}} is not declared, and taken as a string`)
  const encoding: Encoding = { style: 'simple', explode: false }
  return { name, place: 'path', required: true, schema: { type: 'string' }, encoding }
}

function readBody(document: JsonObject, raw: unknown): Body | undefined {
  if (raw === undefined || raw === null) return undefined
  const body = followRef(document, raw)
  const listed = isObject(body) ? followRef(document, body.content) : undefined
  const content = isObject(listed) ? followEntries(document, listed) : undefined
  const isEmpty = content !== undefined && Object.keys(content).length === 0
  // A body of no type that is not required is none: generators write it for operations without a body.
  if (isObject(body) && isEmpty && body.required !== true) return undefined
  if (!isObject(body) || content === undefined || isEmpty) {
    throw unusable('BODY_UNSUPPORTED', 'Its request body has no content.')
  }
  const chosen = chooseMediaType(document, content)
  if (chosen === undefined) {
    const offered = JSON.stringify(Object.keys(content).join(', ').slice(0, 120))
    throw unusable('BODY_UNSUPPORTED', `Its request body offers only ${offered}, which cannot be sent yet.`)
  }
  const { mediaType, kind, schema, encoding } = chosen
  return {
    required: body.required === true,
    ...(typeof body.description === 'string' && { description: body.description }),
    mediaType,
    kind,
    schema,
    encodings: readFieldEncodings(document, kind, schema, encoding),
  }
}

function unusable(code: SkipCode, reason: string): UnusableOperation {
  return new UnusableOperation(code, reason)
}
