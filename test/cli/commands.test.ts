import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { runCli, stdioEntry, writeConfig } from '../flows/patchbay.ts'

/** Runs a command to its end. */
async function run(...args: string[]): Promise<Readonly<{ code: number; stdout: string; stderr: string }>> {
  const child = runCli(...args)
  const [code] = await once(child, 'close')
  return { code, stdout: child.stdoutText(), stderr: child.stderrText() }
}

describe('a command that runs once', () => {
  it.each([
    ['check', [], /^ {2}ok {6}slow \(mcp\): \d+ tools?$/m],
    ['tools', [], /^slow__echo /m],
    ['call', ['slow__echo', '{"a":1}'], /"text": "\{\\"a\\":1\}"/],
  ])('waits for a server that is slower than the first list of a client: %s', async (command, args, expected) => {
    const config = await writeConfig({ slow: stdioEntry() }, { limits: { firstListWaitMs: 1 } })
    const { code, stdout, stderr } = await run(command, ...args, '--config', config)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(expected)
  })

  it('waits no longer than a start and a list may take, and says who gave none', async () => {
    const entries = { silent: stdioEntry('hang-init'), good: stdioEntry() }
    const config = await writeConfig(entries, { limits: { startTimeoutMs: 3_000 } })
    const tools = await run('tools', '--config', config, '--log-level', 'silent')
    expect([tools.code, tools.stderr]).toEqual([0, expect.stringMatching(/^"silent" is failed: .*within 3000 ms/)])
    expect(tools.stdout).toContain('good__echo')
    const check = await run('check', '--config', config)
    expect([check.code, check.stdout]).toEqual([1, expect.stringMatching(/FAILED {2}silent .*within 3000 ms/)])
  })
})

describe('check', () => {
  it('tells what a document leaves out and what looks wrong in it', async () => {
    const info = { title: 'T', version: '1' }
    const get = { operationId: 'list', responses: {} }
    const openapi = { openapi: '3.1.0', info, paths: { '/a': { get }, '/{missing}': { get: 'no operation' } } }
    const config = await writeConfig({ api: { openapi } })
    const { code, stdout } = await run('check', '--config', config)
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^ {2}ok {6}api \(openapi\): 1 tool, 1 operation skipped$/m),
    ])
    expect(stdout).toMatch(/^ {10}warning: .*baseUrl/m)
  })
})

describe('stdio', () => {
  it('answers everything that was piped into it', async () => {
    const config = await writeConfig({ one: stdioEntry() })
    const child = runCli('stdio', '--config', config)
    const request = (id: number, method: string, params: object): string =>
      `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`
    const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '0' } }
    const call = { name: 'one__slow', arguments: { ms: 300 } }
    child.stdin?.end(request(1, 'initialize', hello) + request(2, 'tools/list', {}) + request(3, 'tools/call', call))
    const [code] = await once(child, 'close')
    const answers = child
      .stdoutText()
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect([code, answers.map(({ id }) => id).sort()]).toEqual([0, [1, 2, 3]])
    expect(answers.find(({ id }) => id === 3)).toMatchObject({ result: { content: [{ text: 'slept' }] } })
  })
})
