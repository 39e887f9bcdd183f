// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of servers.json look like placeholders.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { runCli, writeConfig } from './patchbay.ts'

const get = { responses: {} }
const file = (paths: object, servers: readonly object[] = []) => ({
  openapi: '3.1.0',
  info: { title: 'T', version: '1' },
  ...(servers.length > 0 && { servers }),
  paths,
})

/** Fails every request and repeats its URL, but for documents: one refers to a file that is not there. */
async function chattyServer(): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    const document = file({ '/me': { get }, '/x': { get: { parameters: [{ $ref: '../common.json#/p' }] } } })
    if (url.endsWith('api.json')) return void response.end(JSON.stringify(document))
    if (url.endsWith('/go')) return void response.writeHead(302, { location: url.replace('/go', '/went') }).end()
    response.writeHead(500, { 'content-type': 'text/plain', link: `<http://h${url}>; rel="next"` }).end(`at ${url}`)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('what variables fill into URLs is shown nowhere, whatever an upstream repeats', async () => {
  const base = await chattyServer()
  const openapi = file({ '/me': { get }, '/go': { get } })
  const tenants = [{ url: `${base}/{tenant}/v1`, variables: { tenant: { default: 'x' } } }]
  const fetched = file({ '/me': { get: { ...get, security: [{ o: [] }] } } })
  const components = {
    securitySchemes: { o: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: 'https://h/t', scopes: {} } } } },
  }
  const client = { clientId: 'c', clientSecret: 'canary-client', tokenUrl: `${base}/t/\${TOKEN}/token` }
  const entries = {
    path: { openapi, baseUrl: `${base}/bot\${TOKEN}/v1` },
    query: { openapi, baseUrl: `${base}/v1?key=\${TOKEN}` },
    whole: { openapi, baseUrl: '${WHOLE}' },
    literal: { openapi, baseUrl: `${base}/botcanary0123456789ab/v1` },
    variable: { openapi: file({ '/me': { get } }, tenants), serverVariables: { tenant: '${TOKEN}' } },
    token: { openapi: { ...fetched, components }, baseUrl: `${base}/v1`, credentials: { o: client } },
    document: { openapi: `${base}/s/\${TOKEN}/v1/api.json`, externalRefs: true },
    gone: { openapi: `${base}/s/\${TOKEN}/gone.json` },
    mcp: { url: `${base}/s/\${TOKEN}/mcp` },
    mcpQuery: { url: `${base}/mcp?key=\${TOKEN}` },
    mcpWhole: { url: '${WHOLE}' },
    program: {
      command: process.execPath,
      args: ['-e', 'console.error(process.argv[1]); process.exit(1)', 'http://h/s/${TOKEN}/mcp'],
    },
  }
  const config = await writeConfig(entries, { egress: { allowHosts: ['127.0.0.1'] } })
  vi.stubEnv('TOKEN', '123456:canary-token')
  vi.stubEnv('WHOLE', `${base}/hooks/canary-whole/mcp`)
  onTestFinished(() => void vi.unstubAllEnvs())
  const child = runCli('serve', '--config', config, '--port', '0', '--log-level', 'debug')
  const url = await vi.waitFor(() => {
    const found = /MCP +(\S+)\/mcp/.exec(child.stdoutText() + child.stderrText())?.[1]
    if (found === undefined) throw new Error('It does not listen yet.')
    return found
  }, 20_000)

  const ask = async (path: string, body?: object): Promise<string> => {
    const headers = { 'content-type': 'application/json' }
    const init = body && { method: 'POST', headers, body: JSON.stringify(body) }
    return (await fetch(url + path, init)).text()
  }
  const answers: Record<string, string> = {}
  for (const [id, entry] of Object.entries(entries)) {
    answers[`${id} preview`] = await ask('/mcp-rest/test/tools/list', { server_id: id })
    answers[`${id} connection`] = await ask('/mcp-rest/test/connection', { server_id: id })
    if (!('openapi' in entry) || id === 'gone') continue
    answers[`${id} call`] = await ask('/mcp-rest/tools/call', { name: `${id}__get_me`, arguments: {} })
    answers[`${id} redirect`] = await ask('/mcp-rest/tools/call', { name: `${id}__get_go`, arguments: {} })
  }
  answers.ready = await ask('/readyz')
  answers.list = await ask('/mcp-rest/tools/list')
  answers.metrics = await ask('/metrics')
  answers.log = child.stdoutText() + child.stderrText()

  for (const [what, text] of Object.entries(answers))
    expect([what, text]).not.toEqual([what, expect.stringContaining('canary')])
  const servers = (id: string): unknown => JSON.parse(answers[`${id} preview`] ?? '').servers
  expect(servers('path')).toEqual([`${base}/bot***/v1`])
  expect(servers('query')).toEqual([`${base}/v1?key=***`])
  expect(servers('whole')).toEqual([`${base}/hooks/***/mcp`])
  expect(servers('literal')).toEqual([`${base}/***/v1`])
  expect(servers('variable')).toEqual([`${base}/***/v1`])
  expect(answers['path call']).toContain('at /bot[hidden]/v1/me')
  expect(answers['path redirect']).toContain('It redirects to /bot[hidden]/v1/went of the same API.')
  expect(answers['token call']).toContain(`${base}/t/[hidden]/token answered HTTP 500`)
  expect(answers['document preview']).toContain('/s/***/common.json')
  expect(answers['gone preview']).toContain(`${base}/s/***/gone.json answered HTTP 500`)
  expect(answers['mcp preview']).toContain('at /s/[hidden]/mcp')
  expect(answers['program preview']).toContain('http://h/s/[hidden]/mcp')
  expect(answers.log).toContain('***')
})
