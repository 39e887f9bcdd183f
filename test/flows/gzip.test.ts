import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { documentOf } from '../sources/openapi/helpers.ts'
import { servePatchbay } from './patchbay.ts'

const paths = Object.fromEntries(
  Array.from({ length: 200 }, (_, index) => [`/things${index}`, { get: { description: `Größe ${'x'.repeat(300)}` } }]),
)

const list = (id: number | string): string => JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/list' })

describe('a long list', () => {
  it('comes compressed to clients that take it, the same to all of them', async () => {
    const openapi = documentOf(paths, { servers: [{ url: 'https://api.example.com' }] })
    const { url } = await servePatchbay({ api: { openapi } })
    const ask = async (id: number | string, encoding: string) => {
      const headers = { 'content-type': 'application/json', 'accept-encoding': encoding }
      const response = await fetch(`${url}/mcp`, { method: 'POST', headers, body: list(id) })
      return {
        encoding: response.headers.get('content-encoding'),
        vary: response.headers.get('vary'),
        body: (await response.json()) as object,
      }
    }
    const plain = await ask(1, 'identity')
    expect([plain.encoding, plain.vary]).toEqual([null, 'accept-encoding'])
    await vi.waitFor(async () => expect((await ask(2, 'gzip')).encoding).toBe('gzip'))
    expect(await ask('ä', 'gzip, deflate')).toMatchObject({ vary: 'accept-encoding', body: { ...plain.body, id: 'ä' } })
    expect((await ask(3, 'br')).encoding).toBeNull()
    const args = ['-s', '--compressed', '-H', 'content-type: application/json', '-d', list(1), `${url}/mcp`]
    const curl = await promisify(execFile)('curl', args).catch((error: NodeJS.ErrnoException) => error)
    // Where there is curl: it stops at the end of a first gzip member.
    if (!(curl instanceof Error && curl.code === 'ENOENT')) {
      expect(JSON.parse((curl as { stdout: string }).stdout)).toEqual(plain.body)
    }
  })
})
