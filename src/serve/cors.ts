import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a page may read of an answer besides its body (Fetch, "CORS protocol"). */
const exposed = 'mcp-session-id, www-authenticate, retry-after, x-litellm-response-cost'

/** How long a browser may keep what a preflight was told, in seconds. */
const maxAge = '600'

/**
 * Lets a web page of a listed origin read what it is answered, and answers what its browser asks first (the preflight, which
 * has no key). Pages are refused before, where their origin may not be here at all; one that may but is not listed, such as
 * one on loopback, can send what browsers send without asking, and read nothing.
 *
 * @param isListed - tells of an origin that `server.allowedOrigins` or `server.publicUrl` names it
 * @returns true for a preflight: it is answered
 */
export function answerPage(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  isListed: (origin: string) => boolean,
): boolean {
  const { origin } = headers
  if (origin === undefined || !isListed(origin)) return false
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', exposed)
  response.setHeader('vary', 'origin')
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false
  const wanted = headers['access-control-request-headers']
  response.setHeader('access-control-allow-methods', 'GET, POST, DELETE')
  response.setHeader('access-control-max-age', maxAge)
  if (wanted !== undefined) response.setHeader('access-control-allow-headers', wanted)
  if (headers['access-control-request-private-network'] === 'true')
    response.setHeader('access-control-allow-private-network', 'true')
  response.writeHead(204).end()
  return true
}
