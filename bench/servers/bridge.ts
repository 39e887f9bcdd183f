import { Pool } from 'undici'

/** A message of JSON-RPC as the bridges read it; they trust it. */
type Message = Readonly<{
  id?: number | string
  method: string
  params?: Readonly<{ arguments?: Readonly<{ id: number; lang: string; text: string; times: number }> }>
}>

/**
 * The least that a bridge from tools/call to the echo REST API has to do: one JSON.parse, one POST, one answer.
 *
 * The answer has the shape that the gateway gives: the body as text, and again as structured content, which is the
 * body as it came. Nothing is validated, logged, limited or authorized; `initialize` and `tools/list` get what lets a
 * client go on.
 *
 * @param origin - the REST API's
 * @returns takes one message as text, gives the answer as text; undefined for a notification
 */
export function bridgeTo(origin: string): (text: string) => Promise<string | undefined> {
  const pool = new Pool(origin, { connections: 64, pipelining: 1 })

  const call = async ({ id, lang, ...body }: NonNullable<NonNullable<Message['params']>['arguments']>) => {
    const answer = await pool.request({
      method: 'POST',
      path: `/things/${id}/echo?lang=${lang}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await answer.body.text()
    return `{"content":[{"type":"text","text":${JSON.stringify(text)}}],"structuredContent":${text}}`
  }

  return async text => {
    const { id, method, params }: Message = JSON.parse(text)
    if (id === undefined) return undefined
    const result = method === 'tools/call' && params?.arguments ? await call(params.arguments) : answers[method]
    return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result ?? '{}'}}`
  }
}

const answers: Readonly<Record<string, string>> = {
  initialize: JSON.stringify({
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'bare-bridge', version: '1.0.0' },
  }),
  'tools/list': JSON.stringify({ tools: [{ name: 'echo', inputSchema: { type: 'object' } }] }),
}
