// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of servers.json look like placeholders.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveCandidate } from '../../src/config/resolve-candidate.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { temporary } from './load.ts'

const directory = '/etc/patchbay'
const outside = 'A document on disk is only previewed from the folder of the configuration, or below it.'

describe('resolveCandidate', () => {
  it.each<[string, JsonObject, object]>([
    ['an MCP server', { url: 'https://h/mcp' }, { kind: 'remote', url: 'https://h/mcp' }],
    ['a document at a URL', { openapi: 'https://h/a.json' }, { document: { at: 'https://h/a.json' } }],
    [
      'a document beside the configuration',
      { spec_path: 'specs/a.json' },
      { document: { at: `${directory}/specs/a.json` } },
    ],
    ['a document as an object', { openapi: { openapi: '3.1.0' } }, { document: { inline: { openapi: '3.1.0' } } }],
    [
      'an object under the key of LiteLLM',
      { spec_path: { a: 1 }, url: 'https://h' },
      { document: { inline: { a: 1 } }, baseUrl: 'https://h' },
    ],
    [
      'a document as its text',
      { openapi: 'openapi: 3.1.0\ninfo: {}' },
      { document: { inline: 'openapi: 3.1.0\ninfo: {}' } },
    ],
    [
      'variables, but never fills them in',
      { url: 'https://h', headers: { A: '${HOME}' } },
      { headers: { A: '${HOME}' } },
    ],
  ])('reads %s', async (_, fields, expected) => {
    expect(await resolveCandidate('x', fields, directory)).toMatchObject({ id: 'x', ...expected })
  })

  it.each<[string, JsonObject, string, string]>([
    [
      'a program',
      { command: 'sh' },
      'FORBIDDEN',
      'A program is only named in the configuration file. Save the entry there and send its name as "server_id".',
    ],
    ['a path above', { openapi: '../secret.json' }, 'FORBIDDEN', outside],
    ['a path elsewhere', { spec_path: '/etc/passwd' }, 'FORBIDDEN', outside],
    ['a file URL elsewhere', { openapi: 'file:///etc/passwd' }, 'FORBIDDEN', outside],
    [
      'hosts to allow',
      { openapi: 'https://h/a.json', allowHosts: ['127.0.0.1'] },
      'FORBIDDEN',
      '"allowHosts" is only read from the configuration file. Save the entry there and send its name as "server_id".',
    ],
    [
      'a certificate',
      { openapi: 'https://h/a.json', tls: { ca: '/etc/passwd' } },
      'FORBIDDEN',
      '"tls" is only read from the configuration file. Save the entry there and send its name as "server_id".',
    ],
    ['an unknown key', { urll: 'https://h' }, 'REQUEST_INVALID', 'urll is not a known key; did you mean "url"?'],
    [
      'nothing',
      {},
      'REQUEST_INVALID',
      'The entry needs "command" (a program), "url" (an MCP server) or "openapi" (an HTTP API).',
    ],
    [
      'a disabled entry',
      { url: 'https://h', disabled: true },
      'REQUEST_INVALID',
      'The entry is disabled, so there is nothing to read.',
    ],
    [
      'a path that begins like a URL',
      { openapi: 'http:/../../etc/passwd' },
      'REQUEST_INVALID',
      'openapi must be a path, an http or https URL, or the document.',
    ],
    ['a URL with one slash', { url: 'https:/h/mcp' }, 'REQUEST_INVALID', 'url must be an http or https URL.'],
    ['a mistyped field', { url: 5 }, 'REQUEST_INVALID', 'url must be text; got a number.'],
  ])('refuses %s', async (_, fields, code, message) => {
    await expect(resolveCandidate('x', fields, directory)).rejects.toMatchObject({ code, message })
  })

  it.each([
    ['to a file elsewhere', 'file.json'],
    ['to a folder elsewhere', 'folder/secret.json'],
    ['to a folder elsewhere, where no such file is', 'folder/nothing.json'],
  ])('refuses a path that leads out by a link %s', async (_, openapi) => {
    const there = temporary({ 'secret.json': '{}' })
    const folder = temporary()
    symlinkSync(join(there, 'secret.json'), join(folder, 'file.json'))
    symlinkSync(there, join(folder, 'folder'))
    await expect(resolveCandidate('x', { openapi }, folder)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('follows links that stay inside, as those of a mounted Kubernetes ConfigMap do', async () => {
    const folder = temporary()
    mkdirSync(join(folder, '..2026_01_01'))
    writeFileSync(join(folder, '..2026_01_01/a.json'), '{}')
    symlinkSync('..2026_01_01', join(folder, '..data'))
    symlinkSync('..data/a.json', join(folder, 'a.json'))
    const linked = join(temporary(), 'config')
    symlinkSync(folder, linked)
    for (const directory of [folder, linked]) {
      const at = join(directory, 'a.json')
      expect(await resolveCandidate('x', { openapi: 'a.json' }, directory)).toMatchObject({ document: { at } })
    }
  })

  it('never opens the envFile of a program, so that nobody learns which files exist', async () => {
    const there = join(temporary({ '.env': 'A=1' }), '.env')
    for (const envFile of [there, '/nowhere']) {
      await expect(resolveCandidate('x', { command: 'sh', envFile }, directory)).rejects.toMatchObject({
        code: 'FORBIDDEN',
      })
    }
  })
})
