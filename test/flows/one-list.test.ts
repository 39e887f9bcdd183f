import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Patchbay } from '../../src/main.ts'
import { startPatchbay } from '../../src/main.ts'

const document = join(process.env.PATCHBAY_SPECS ?? join(import.meta.dirname, '../../../shared/specs'), 'github.json')

/** 13 MB and 1,223 operations, every operationId with a slash: not ours to commit, so it is used where it lies. */
describe.skipIf(!existsSync(document))(`the same list at every door, with ${document}`, () => {
  let patchbay: Patchbay
  let url: string
  let served: readonly string[]

  beforeAll(async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'patchbay-list-')), 'servers.json')
    const config = {
      mcpServers: { github: { openapi: document } },
      models: { demo: { provider: 'demo' } },
      // On a busy machine the first list may be asked for before the document is read.
      limits: { firstListWaitMs: 15_000 },
    }
    await writeFile(file, JSON.stringify(config))
    patchbay = await startPatchbay({ config: file, logLevel: 'silent', watch: false })
    url = await patchbay.listen({ port: 0 })
    served = await listOverMcp()
  })
  afterAll(() => patchbay.close())

  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json() as Promise<T>
  }
  const namesOf = (tools: readonly { name: string }[]): string[] => tools.map(({ name }) => name)

  async function listOverMcp(): Promise<string[]> {
    const names: string[] = []
    for (let cursor: string | undefined; ; ) {
      const request = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: cursor === undefined ? {} : { cursor } }
      const { result } = await post<{ result: { tools: { name: string }[]; nextCursor?: string } }>('/mcp', request)
      names.push(...namesOf(result.tools))
      if (result.nextCursor === undefined) return names
      cursor = result.nextCursor
    }
  }

  it('has every operation under a legal, distinct name of at most 60 characters', () => {
    expect(served).toHaveLength(1223)
    for (const name of served) expect(name).toMatch(/^github__[A-Za-z0-9_-]{1,52}$/)
    expect(new Set(served.map(name => name.toLowerCase())).size).toBe(1223)
  })

  it('is the same over REST', async () => {
    const answer = await fetch(`${url}/mcp-rest/tools/list`)
    expect(namesOf(((await answer.json()) as { tools: { name: string }[] }).tools)).toEqual(served)
  })

  it('is the same in a preview', async () => {
    const preview = await post<{ tools: { name: string }[] }>('/mcp-rest/test/tools/list', { server_id: 'github' })
    expect(namesOf(preview.tools)).toEqual(served)
  })

  it('is the same in a completion', async () => {
    type Answer = {
      choices: { message: { provider_specific_fields: { mcp_list_tools: { function: { name: string } }[] } } }[]
    }
    const { choices } = await post<Answer>('/v1/chat/completions', {
      model: 'demo',
      messages: [{ role: 'user', content: 'What can you do?' }],
      tools: [{ type: 'mcp', server_label: 'all', server_url: 'patchbay/mcp', require_approval: 'never' }],
    })
    const listed = choices[0]?.message.provider_specific_fields.mcp_list_tools.map(tool => tool.function.name)
    // By name within a source: a request begins alike however a server orders its list, for the sake of prompt caches.
    expect(listed).toEqual(served.toSorted())
  })
})
