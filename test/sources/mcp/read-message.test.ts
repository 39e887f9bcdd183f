import { describe, expect, it, onTestFinished } from 'vitest'
import { deliver } from '../../../src/sources/mcp/read-message.ts'
import type { TransportHandlers } from '../../../src/sources/mcp/transport.ts'
import { answerOldEra, httpStub } from '../../fakes/http-stub.ts'
import { never, open, remoteConfig, textOf } from './helpers.ts'

function heard(text: string, origin?: number) {
  const seen: unknown[] = []
  const handlers: TransportHandlers = {
    onMessage: ({ id, method }) => void seen.push(method ?? id),
    onClose: () => {},
    onUnreadable: (reason, id) => void seen.push([reason, id]),
  }
  return { returned: deliver(text, handlers, origin), seen }
}

const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } }
const answer = { jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'batched' }] } }

describe('a batch of an upstream', () => {
  it('is handed over message by message, and gives back the answer that is waited for', () => {
    const { seen, returned } = heard(JSON.stringify([progress, { ...answer, id: 7 }, answer]), 7)
    expect(seen).toEqual(['notifications/progress', 7, 1])
    expect(returned?.id).toBe(7)
  })

  it('may hold what is no message, whose request fails alone', () => {
    const { seen } = heard(JSON.stringify([{ jsonrpc: '1.0', id: 3, result: {} }, 5, answer]))
    expect(seen).toEqual([
      ['a batch with JSON that is no JSON-RPC 2.0 message', 3],
      ['a batch with JSON that is no JSON-RPC 2.0 message', undefined],
      1,
    ])
  })

  it('is refused when it is empty, has too many messages, or nests too deep', () => {
    const deep = `[{"jsonrpc":"2.0","id":1,"result":{"a":${'['.repeat(600)}${']'.repeat(600)}}}]`
    for (const text of ['[]', JSON.stringify(Array(1_001).fill(progress)), deep])
      expect(heard(text)).toMatchObject({ seen: [[expect.any(String), undefined]], returned: undefined })
  })

  it.each(['application/json', 'text/event-stream'])('is taken over HTTP as %s', async type => {
    const stub = await httpStub((request, response) => {
      if (request.rpc.method !== 'tools/call') return answerOldEra(request, response)
      const { _meta } = request.rpc.params as { _meta: { progressToken: number } }
      const told = { ...progress, params: { ...progress.params, progressToken: _meta.progressToken } }
      const body = JSON.stringify([told, { ...answer, id: request.rpc.id }])
      response.writeHead(200, { 'content-type': type }).end(type.includes('json') ? body : `data: ${body}\n\n`)
    })
    onTestFinished(() => stub.close())
    const steps: number[] = []
    const onProgress = (step: { progress: number }) => void steps.push(step.progress)
    const result = await open(remoteConfig(stub.url)).call('echo', {}, { signal: never, onProgress })
    expect([textOf(result), steps]).toEqual(['batched', [1]])
  })
})
