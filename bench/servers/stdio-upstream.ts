import { createInterface } from 'node:readline'
import { syntheticTools } from './tools.ts'

// The echo upstream once more, over stdio, for peers that only wrap programs. Run as `node stdio-upstream.ts`.

const tools = syntheticTools(100)

createInterface({ input: process.stdin }).on('line', line => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined || method === undefined) return
  const result = answerTo(method, params)
  const answer =
    result === undefined ? { error: { code: -32601, message: `There is no "${method}" here.` } } : { result }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`)
})

function answerTo(
  method: string,
  params?: { protocolVersion?: string; arguments?: { text?: string } },
): object | undefined {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params?.protocolVersion ?? '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'echo-upstream', version: '1.0.0' },
      }
    case 'ping':
      return {}
    case 'tools/list':
      return { tools }
    case 'tools/call':
      return { content: [{ type: 'text', text: params?.arguments?.text ?? '' }] }
    default:
      return undefined
  }
}
