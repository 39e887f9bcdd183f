import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFileBytes } from '../../../../src/sources/openapi/load/read-file-bytes.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-read-'))
})
afterAll(() => rm(folder, { recursive: true }))

const write = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

describe('readFileBytes', () => {
  it('reads a file up to the limit, and an empty one', async () => {
    expect(Buffer.from(await readFileBytes(await write('a', 'abc'), 3)).toString()).toBe('abc')
    expect(await readFileBytes(await write('empty', ''), 3)).toHaveLength(0)
  })

  it.each([
    ['a file past the limit', () => write('b', 'abcd'), { code: 'DOCUMENT_INVALID', data: { code: 'E_SPEC_SIZE' } }],
    [
      'a file that is not there',
      async () => join(folder, 'none'),
      { message: expect.stringContaining('does not exist. Put it there, or correct its path.') },
    ],
    ['a folder', async () => folder, { message: expect.stringContaining('is not a file') }],
  ])('refuses %s', async (_, make, error) => {
    await expect(readFileBytes(await make(), 3)).rejects.toMatchObject(error)
  })

  it.skipIf(process.platform === 'win32')('refuses a pipe and a device at once', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    await expect(readFileBytes(join(folder, 'pipe'), 3)).rejects.toThrow('is not a file')
    await expect(readFileBytes('/dev/zero', 3)).rejects.toThrow('is not a file')
  })

  it.skipIf(process.platform !== 'linux')('reads a file whose size is not what it says, up to the limit', async () => {
    expect((await readFileBytes('/proc/self/status', 1_000_000)).length).toBeGreaterThan(100)
    await expect(readFileBytes('/proc/self/status', 100)).rejects.toMatchObject({ data: { code: 'E_SPEC_SIZE' } })
  })
})
