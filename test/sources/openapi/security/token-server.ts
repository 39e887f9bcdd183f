import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { serve } from '../helpers.ts'

/** What the token endpoint was asked. */
export type TokenRequest = Readonly<{ headers: IncomingHttpHeaders; form: URLSearchParams }>

/** A token endpoint of our own; `requests` are all that came. */
export type TokenServer = Readonly<{ url: string; requests: readonly TokenRequest[] }>

/** Starts a token endpoint until the test ends. It gives `token-1`, `token-2`, ... unless the test answers itself. */
export async function serveTokens(
  answer: (response: ServerResponse, count: number, request: TokenRequest) => void = (response, count) =>
    sendToken(response, { access_token: `token-${count}`, token_type: 'Bearer', expires_in: 3_600 }),
): Promise<TokenServer> {
  const requests: TokenRequest[] = []
  const server = await serve(async (request, response) => {
    const form = new URLSearchParams(await readText(request))
    requests.push({ headers: request.headers, form })
    answer(response, requests.length, { headers: request.headers, form })
  })
  onTestFinished(server.close)
  return { url: `${server.url}/token`, requests }
}

/** Answers with JSON. */
export function sendToken(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
