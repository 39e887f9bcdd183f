import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { faultsOf } from '../providers/bedrock/service-model.ts'
import { frameEvent } from './bedrock-frames.ts'
import { readBody, scriptOf, serveFake } from './scripted-server.ts'

/** What one request is answered with: a JSON body, events or frames for a stream, or an error. */
export type BedrockReply = Readonly<{
  status?: number
  json?: object
  events?: readonly object[]
  bytes?: readonly Uint8Array[]
}>

/** What the fake was sent. */
export type BedrockRequest = Readonly<{
  path: string
  headers: IncomingMessage['headers']
  body: Record<string, unknown>
}>

/** A running fake. */
export type FakeBedrock = Readonly<{
  /** For `baseUrl`. */
  url: string
  received: readonly BedrockRequest[]
  close: () => Promise<void>
}>

/** Who may ask: by signature, or by API key. */
export type BedrockKeys = Readonly<{ region: string; secretAccessKey?: string; apiKey?: string }>

/**
 * Starts Bedrock Runtime on a free port. It checks the signature (or the key) as AWS describes it, the body by the service
 * model where that is present, and answers each request with the next reply; the last one stays.
 */
export async function startFakeBedrock(keys: BedrockKeys, ...replies: BedrockReply[]): Promise<FakeBedrock> {
  const received: BedrockRequest[] = []
  const script = scriptOf(replies)
  const { origin, close } = await serveFake(async (request, response) => {
    const text = await readBody(request)
    const path = request.url ?? ''
    const send = (status: number, type: string, message: string): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type })
      response.end(JSON.stringify({ message }))
    }
    if (!isAllowed(request, text, keys)) return send(403, 'InvalidSignatureException', 'The signature does not match.')
    const stream = path.endsWith('/converse-stream')
    if (!/^\/model\/[^/]+\/converse(-stream)?$/.test(path))
      return send(404, 'UnknownOperationException', 'No such path.')
    const body = JSON.parse(text)
    received.push({ path, headers: request.headers, body })
    const faults = faultsOf(body, stream)
    if (faults.length > 0) return send(400, 'ValidationException', faults.join('; '))
    const reply = script.next() ?? {}
    if (!stream || reply.status !== undefined) {
      response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(reply.json ?? {}))
      return
    }
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' })
    for (const bytes of reply.bytes ?? (reply.events ?? []).map(frameEvent)) response.write(bytes)
    response.end()
  })
  return {
    url: origin,
    received,
    close,
  }
}

/** Signature Version 4, from AWS's description: canonical request, string to sign, derived key. */
function isAllowed(request: IncomingMessage, body: string, { region, secretAccessKey, apiKey }: BedrockKeys): boolean {
  const authorization = request.headers.authorization ?? ''
  if (apiKey !== undefined) return authorization === `Bearer ${apiKey}`
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\d{8})\/([^/]+)\/bedrock\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/
  const [, day = '', signedRegion, signed = '', signature] = pattern.exec(authorization) ?? []
  if (signedRegion !== region || !signed.split(';').includes('host')) return false
  const path = (request.url ?? '').split('/').map(encodeURIComponent).join('/')
  const headers = signed.split(';').map(name => `${name}:${String(request.headers[name]).trim()}\n`)
  const canonical = [request.method, path, '', headers.join(''), signed, sha256(body)].join('\n')
  const scope = `${day}/${region}/bedrock/aws4_request`
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const key = [day, region, 'bedrock', 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`)
  return hmac(key, text).toString('hex') === signature
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
