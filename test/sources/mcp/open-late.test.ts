import type { ServerResponse } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { answerOldEra, httpStub } from '../../fakes/http-stub.ts'
import { listNames, never, nextChange, open, remoteConfig } from './helpers.ts'

it('a session that stands only after the time to start is over is given up, and another is opened', async () => {
  let attempts = 0
  let late: ServerResponse | undefined
  const stub = await httpStub((request, response) => {
    const { method, rpc } = request
    if (rpc.method === 'initialize') {
      attempts += 1
      response.setHeader('mcp-session-id', String(attempts))
    }
    if (rpc.method === 'notifications/initialized' && attempts === 1) {
      late = response
      return
    }
    if (method !== 'DELETE') return answerOldEra(request, response, ['a'])
    // Our goodbye, since it has taken too long: by now the last of the handshake is answered after all.
    late?.writeHead(202).end()
    late = undefined
    setTimeout(() => response.writeHead(200).end(), 200)
  })
  onTestFinished(() => stub.close())
  const source = open(remoteConfig(stub.url), { startTimeoutMs: 300 })
  const again = nextChange(source)
  await expect(source.list({ signal: never })).rejects.toThrow('"fake" did not start within 300 ms')
  await again
  expect(await listNames(source)).toEqual(['a'])
  expect(attempts).toBe(2)
  expect(source.health().state).toBe('ready')
})
