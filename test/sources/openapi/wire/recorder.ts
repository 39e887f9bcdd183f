import type { IncomingHttpHeaders } from 'node:http'
import { defaultLimits } from '../../../../src/core/limits.ts'
import type { OpenApiConfig } from '../../../../src/core/source-config.ts'
import type { CallToolResult } from '../../../../src/core/tool.ts'
import { openApiSource } from '../../../../src/sources/openapi/open-api-source.ts'
import { calmly, configOf, serve } from '../helpers.ts'

/** One request as it came over the socket, taken apart by code that is not ours. */
export type Recorded = Readonly<{
  method: string
  /** As it stood in the request line. */
  target: string
  path: string
  query: readonly (readonly [string, string])[]
  headers: IncomingHttpHeaders
  cookies: Readonly<Record<string, string>>
  body: Buffer
}>

/** A server that keeps what it was sent. */
export type Recorder = Readonly<{
  /** Calls the only operation of a document here; gives what arrived, and what the caller was told. */
  call: (
    document: Record<string, unknown>,
    args: Record<string, unknown>,
    config?: Partial<OpenApiConfig>,
  ) => Promise<Readonly<{ recorded: Recorded | undefined; result: CallToolResult }>>
  close: () => Promise<void>
}>

/** Starts it on a free port. */
export async function startRecorder(): Promise<Recorder> {
  let recorded: Recorded | undefined
  const server = await serve(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = '', url = '', headers } = request
    const { pathname, searchParams } = new URL(url, 'http://recorder.example')
    const cookies = Object.fromEntries(
      (headers.cookie ?? '').split('; ').map(pair => pair.split('=').map(decodeURIComponent) as [string, string]),
    )
    const query = [...searchParams]
    recorded = { method, target: url, path: pathname, query, headers, cookies, body: Buffer.concat(chunks) }
    response.end('{}')
  })
  return {
    call: async (document, args, config = {}) => {
      recorded = undefined
      const source = openApiSource(configOf(document, { baseUrl: `${server.url}/base`, ...config }), {
        limits: { ...defaultLimits, maxUploadBytes: 100_000 },
      })
      try {
        const [tool] = await source.list(calmly())
        const result = await source.call(tool?.key ?? '', args, calmly())
        return { recorded, result }
      } finally {
        await source.close()
      }
    },
    close: server.close,
  }
}

/** The form in a multipart body, read by undici. */
export async function readForm({ headers, body }: Recorded): Promise<readonly unknown[]> {
  const response = new Response(new Uint8Array(body), { headers: { 'content-type': headers['content-type'] ?? '' } })
  const parts: unknown[] = []
  for (const [name, value] of await response.formData()) {
    if (typeof value === 'string') parts.push([name, value])
    else parts.push([name, { name: value.name, type: value.type, text: await value.text() }])
  }
  return parts
}
