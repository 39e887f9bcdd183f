import { isObject } from '../../../../src/core/json.ts'
import { restoreKeys } from '../../../../src/sources/openapi/call/original-keys.ts'
import type { OperationCall } from '../../../../src/sources/openapi/read-document.ts'
import type { Slot } from '../../../../src/sources/openapi/tool/arguments.ts'
import type { Oracle, OracleRequest } from './documents.ts'

type Json = Readonly<Record<string, unknown>>

/** Where every document of these tests is said to have come from, for relative servers. */
export const documentUrl = 'https://documents.example/api/openapi.json'

/** Asks the oracle for the request of one call. It reads the operation from the document, never from our reading of it. */
export function askOracle(
  oracle: Oracle,
  document: Json,
  call: OperationCall,
  shown: Json,
  baseURL: string | undefined,
): OracleRequest {
  const args = call.originalKeys === undefined ? shown : restoreKeys(shown, call.inputSchema, call.originalKeys)
  const { item, operation } = findOperation(document, call)
  const content = isObject(operation.requestBody) ? (operation.requestBody.content as Json | undefined) : undefined
  // The oracle does not know paths with a query or a fragment: it is given the path alone, and the query put behind.
  const [template = ''] = call.path.split('#', 1)
  const [path = '', fixedQuery] = template.split('?')
  const spec = {
    openapi: document.openapi,
    info: document.info,
    servers: document.servers,
    paths: { [path]: { ...item, [call.method]: operation } },
  }
  const parameters: Record<string, unknown> = {}
  const body = bodyOf(call, args)
  for (const [key, value] of Object.entries(args)) {
    const slot = call.slots.get(key)
    if (slot !== undefined && slot.place !== 'field' && slot.place !== 'body')
      parameters[`${slot.place}.${slot.name}`] = value
  }
  const request = oracle.buildRequest({
    spec,
    operationId: `${call.method}-${path}`,
    parameters,
    contextUrl: documentUrl,
    ...(baseURL !== undefined && { baseURL }),
    ...(body !== undefined && { requestBody: body, requestContentType: listedType(call, content) }),
  })
  if (fixedQuery === undefined) return request
  return { ...request, url: `${request.url}${request.url.includes('?') ? '&' : '?'}${fixedQuery}` }
}

/** The names and places of the parameters that the document gives an operation. */
export function declaredParameters(document: Json, call: OperationCall): readonly Json[] {
  const { item, operation } = findOperation(document, call)
  return [item.parameters, operation.parameters].flatMap(list => (Array.isArray(list) ? (list as Json[]) : []))
}

function findOperation(document: Json, { path, method }: OperationCall): { item: Json; operation: Json } {
  const { parameters, servers, ...rest } = follow(document, (document.paths as Json)[path])
  const { additionalOperations } = rest
  const raw = follow(
    document,
    rest[method] ?? (isObject(additionalOperations) ? additionalOperations[method] : undefined),
  )
  const operation = {
    ...raw,
    parameters: readParameters(document, raw.parameters),
    ...(raw.requestBody !== undefined && { requestBody: follow(document, raw.requestBody) }),
  }
  return {
    item: { parameters: readParameters(document, parameters), ...(servers !== undefined && { servers }) },
    operation,
  }
}

/** An argument may be left out of a comparison, required or not; a parameter without a name has none. */
function readParameters(document: Json, list: unknown): readonly Json[] {
  const parameters = (Array.isArray(list) ? list : []).map(each => follow(document, each))
  return parameters
    .filter(({ name }) => name !== '')
    .map(parameter => {
      return {
        ...parameter,
        ...(parameter.schema !== undefined && { schema: follow(document, parameter.schema) }),
        required: parameter.in === 'path',
      }
    })
}

function follow(document: Json, value: unknown): Json {
  let node = value
  for (let hops = 0; hops < 20 && isObject(node) && typeof node.$ref === 'string'; hops += 1) {
    node = node.$ref
      .slice(2)
      .split('/')
      .map(part => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((found, part) => (found as Json | undefined)?.[part], document)
  }
  return isObject(node) ? node : {}
}

/** The media type as the document lists it, which a wildcard of it stands for. */
function listedType(call: OperationCall, content: Json = {}): string | undefined {
  const { mediaType } = call.body ?? {}
  return Object.keys(content).find(each => each === mediaType) ?? Object.keys(content).find(each => each.includes('*'))
}

/** The body as a program would give it to the oracle: an object, a text, or bytes for a file. */
function bodyOf(call: OperationCall, args: Json): unknown {
  const { body } = call
  if (body === undefined) return undefined
  if (call.slots.get('body')?.place === 'body') {
    return body.kind === 'bytes' && typeof args.body === 'string' ? Buffer.from(args.body, 'base64') : args.body
  }
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(args)) {
    const slot = call.slots.get(key)
    if (slot === undefined) fields[key] = value
    if (slot?.place === 'field') fields[slot.name] = areFiles(slot) ? toFiles(value) : value
  }
  return Object.keys(fields).length === 0 && !body.required ? undefined : fields
}

/** Of a field that may hold a file the samples are texts, which stay what they are. */
function areFiles({ encoding }: Extract<Slot, { place: 'field' }>): boolean {
  return encoding?.file?.always === true || encoding?.file?.text === true
}

function toFiles(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toFiles)
  return typeof value === 'string' ? new File([Buffer.from(value, 'base64')], 'file') : value
}
