import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** Runs the command as a user would, from the repository. */
async function openapi(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const command = [resolve(root, 'src/cli.ts'), 'openapi', ...args]
    return { code: 0, ...(await promisify(execFile)(process.execPath, command, { cwd: root })) }
  } catch (thrown) {
    return thrown as { code: number; stdout: string; stderr: string }
  }
}

describe('patchbay openapi', () => {
  it('prints tools under the names they would have, and what they cost', async () => {
    const { code, stdout } = await openapi('specs/library.json', '--base-url', 'http://127.0.0.1:1')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^library__getBook +get \/books\/\{bookId\} +\d+$/m)
    expect(stdout).toMatch(/^library__subjects_add +post \/subjects +\d+ +characters outside/m)
    expect(stdout).toMatch(/^10 tools, \d+ bytes, about \d+ tokens \(o200k\); 0 skipped$/m)
  })

  it('prints the same as data', async () => {
    const { stdout } = await openapi('specs/library.json', '--json', '--name', 'books')
    const printed = JSON.parse(stdout)
    expect(printed.tools[0]).toMatchObject({ name: 'books__listBooks', key: 'get /books' })
    expect(printed.totals).toMatchObject({ tools: 10, estimatedTokens: expect.any(Number) })
    expect(Object.keys(printed)).toEqual(
      expect.arrayContaining(['skipped', 'warnings', 'servers', 'securitySchemes', 'totals']),
    )
  })

  it('takes the name of an entry, with all that its entry says', async () => {
    const { code, stdout } = await openapi('library')
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'Corner Library'])
  })

  it('checks a document against its own version where that is asked for, as warnings', async () => {
    const { code, stdout } = await openapi('test/fixtures/many-files/openapi.yaml', '--lint', '--json')
    expect([code, JSON.parse(stdout).warnings.some(({ code }: { code: string }) => code === 'LINT')]).toEqual([0, true])
  })

  it.each([
    ['nothing-here.json', /does not exist/],
    ['everything', /is an MCP server/],
    ['package.json', /has neither "openapi" nor "swagger" nor "paths"/],
  ])('says in a sentence what is wrong with %s', async (document, message) => {
    const { code, stdout, stderr } = await openapi(document)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(message)
  })
})
