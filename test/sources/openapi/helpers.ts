import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { OpenApiConfig } from '../../../src/core/source-config.ts'
import type { CallContext } from '../../../src/core/tool-source.ts'
import { extractDocument } from '../../../src/sources/openapi/extract-document.ts'
import type { LoadedDocument } from '../../../src/sources/openapi/load/load-document.ts'
import type { DocumentConfig, OperationCall, ReadDocument } from '../../../src/sources/openapi/read-document.ts'
import { completeDocument, toExtractConfig } from '../../../src/sources/openapi/read-document.ts'

/** A real server on a free port. */
export type TestServer = Readonly<{ url: string; close: () => Promise<void> }>

/** Starts `listener` on 127.0.0.1. */
export async function serve(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, close }
}

/** What the echo server saw of a request. */
export type Echo = Readonly<{ method: string; url: string; headers: Record<string, string>; body: string }>

/** A server that answers every request with what it saw. */
export async function serveEcho(): Promise<TestServer> {
  return await serve(async (request, response) => {
    const { method, url, headers } = request
    const body = await readAll(request)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ method, url, headers, body }))
  })
}

/** Everything a request carries. */
async function readAll(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

/** A 3.1 document with these paths. */
export function documentOf(paths: object, rest: object = {}): Record<string, unknown> {
  return { openapi: '3.1.0', info: { title: 'Test', version: '1' }, paths, ...rest }
}

/** Reads a loaded document whole, in one go. */
export function readDocument(
  loaded: LoadedDocument,
  config: Omit<DocumentConfig, 'document'>,
  limits: typeof defaultLimits,
): ReadDocument {
  const extract = extractDocument(loaded, toExtractConfig(config), limits)
  return completeDocument(extract, config, loaded.url === undefined ? {} : { url: loaded.url })
}

/** Reads a document as a source would. */
export function read(document: Record<string, unknown>, config: Partial<OpenApiConfig> = {}): ReadDocument {
  return readDocument({ document }, { headers: {}, ...config }, defaultLimits)
}

/** The one call of a document with one operation. */
export function onlyCall(document: Record<string, unknown>, config: Partial<OpenApiConfig> = {}): OperationCall {
  const [call, second] = read(document, config).calls.values()
  if (call === undefined || second !== undefined) throw new Error('The document must have exactly one operation.')
  return call
}

/** The input schema of a document's one operation. */
export function onlySchema(
  document: Record<string, unknown>,
  config: Partial<OpenApiConfig> = {},
): Record<string, unknown> {
  return onlyCall(document, config).inputSchema
}

/** An entry of the configuration. */
export function configOf(document: unknown, rest: Partial<OpenApiConfig> = {}): OpenApiConfig {
  return { id: 'test', kind: 'openapi', document: { inline: document }, headers: {}, ...rest }
}

/** A call that nobody cancels. */
export function calmly(): CallContext {
  return { signal: new AbortController().signal }
}

/** The sentences of warnings, in their order. */
export function reasonsOf({ warnings }: Pick<ReadDocument, 'warnings'>): readonly string[] {
  return warnings.map(({ reason }) => reason)
}
