import type { IncomingHttpHeaders } from 'node:http'
import { fromHeaderValue, headerParams, toParamHeaders } from '../../core/header-params.ts'
import { isObject } from '../../core/json.ts'
import { isLogLevel } from '../../core/log-level.ts'
import type { RpcMessage } from '../../core/protocol.ts'
import { legacyRevisions, metaKey, modernRevision, rpcCode } from '../../core/protocol.ts'
import { RpcFailure } from '../errors.ts'

/** True when a message claims the modern era: by its `_meta`, its header, or a method that only that era has. */
export function isModern(message: RpcMessage, headers: IncomingHttpHeaders = {}): boolean {
  const meta = message.params?._meta
  if (isObject(meta) && meta[metaKey.protocolVersion] !== undefined) return true
  if (headers['mcp-protocol-version'] === modernRevision && message.method !== 'initialize') return true
  return message.method === 'server/discover' || message.method === 'subscriptions/listen'
}

/**
 * Checks what every modern request must carry in `_meta` (MCP 2026-07-28, basic, "Per-request protocol fields").
 *
 * @param headers - of the POST that carried it; they must repeat what it says
 * @throws RpcFailure -32602 for what is missing, -32020 for a header that is missing or differs, -32022 with
 *   `data.supported` for a revision that we do not speak
 */
export function checkEnvelope(message: RpcMessage, headers?: IncomingHttpHeaders): void {
  const meta = isObject(message.params?._meta) ? message.params._meta : {}
  const revision = meta[metaKey.protocolVersion]
  if (typeof revision !== 'string')
    throw new RpcFailure(rpcCode.invalidParams, `_meta["${metaKey.protocolVersion}"] is missing.`)
  // A header that contradicts the body comes before a revision that nobody speaks.
  if (headers?.['mcp-protocol-version'] !== undefined) expectHeader(headers, 'mcp-protocol-version', revision)
  if (revision !== modernRevision) {
    const requested = revision.slice(0, 40)
    const data = { supported: [modernRevision], requested }
    throw new RpcFailure(rpcCode.unsupportedVersion, `Revision "${requested}" is not spoken here.`, { data })
  }
  if (!isObject(meta[metaKey.clientCapabilities])) {
    throw new RpcFailure(rpcCode.invalidParams, `_meta["${metaKey.clientCapabilities}"] is missing.`)
  }
  const level = meta[metaKey.logLevel]
  if (level !== undefined && !isLogLevel(level))
    throw new RpcFailure(rpcCode.invalidParams, `_meta["${metaKey.logLevel}"] is none of the eight levels.`)
  if (headers !== undefined) checkHeaders(headers, message)
}

/** Checks that the headers of a modern POST repeat its body, so that a router on the way cannot be misled (SEP-2243). */
function checkHeaders(headers: IncomingHttpHeaders, { method = '', params = {} }: RpcMessage): void {
  const meta = isObject(params._meta) ? params._meta : {}
  expectHeader(headers, 'mcp-protocol-version', String(meta[metaKey.protocolVersion]))
  expectHeader(headers, 'mcp-method', method)
  const name = params[named.get(method) ?? '']
  if (typeof name === 'string') expectHeader(headers, 'mcp-name', name)
}

const named: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/cancel', 'taskId'],
  ['tasks/update', 'taskId'],
])

/** Checks the headers that mirror arguments which the tool's schema marks with `x-mcp-header`. @throws RpcFailure -32020 */
export function checkParamHeaders(headers: IncomingHttpHeaders, { params = {} }: RpcMessage, schema: unknown): void {
  const mirrored = headerParams(schema)
  if (mirrored.length === 0) return
  const expected = toParamHeaders(mirrored, isObject(params.arguments) ? params.arguments : {})
  for (const { name } of mirrored) {
    const header = `mcp-param-${name.toLowerCase()}`
    const value = expected[header]
    if (value !== undefined) expectHeader(headers, header, fromHeaderValue(value))
    else if (headers[header] !== undefined) expectHeader(headers, header, undefined)
  }
}

/** Checks the version header of an old client. @throws RpcFailure HTTP 400 for one that no old revision has */
export function checkLegacyVersion(headers: IncomingHttpHeaders): void {
  const version = headers['mcp-protocol-version']
  if (version === undefined || legacyRevisions.includes(String(version))) return
  const known = [...legacyRevisions, modernRevision].join(', ')
  throw new RpcFailure(
    rpcCode.invalidRequest,
    `MCP-Protocol-Version "${String(version).slice(0, 40)}" does not fit this request; known are ${known}.`,
  )
}

function expectHeader(headers: IncomingHttpHeaders, name: string, expected: string | undefined): void {
  const got = headers[name]
  if (typeof got === 'string' && fromHeaderValue(got) === expected) return
  const what = got === undefined ? 'is missing' : 'differs from the body'
  throw new RpcFailure(rpcCode.headerMismatch, `The header ${name} ${what}.`)
}
