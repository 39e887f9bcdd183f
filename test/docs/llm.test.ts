import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { servePatchbay, stdioEntry } from '../flows/patchbay.ts'

const page = readFileSync(new URL('../../docs/llm.md', import.meta.url), 'utf8')
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

it('docs/llm.md has only commands that are answered', async () => {
  const { url } = await servePatchbay({ up: stdioEntry() }, { models: { demo: { provider: 'demo' } } })
  expect(commands.length).toBeGreaterThan(0)
  for (const command of commands) {
    const text = command.replaceAll('http://127.0.0.1:4000', url)
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', text])
    expect(JSON.parse(stdout)).toMatchObject({ model: 'demo' })
  }
})
