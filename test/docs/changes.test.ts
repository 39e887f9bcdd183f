import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runCli, writeConfig } from '../flows/patchbay.ts'

const page = readFileSync(new URL('../../docs/changes.md', import.meta.url), 'utf8')
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) => text.trim().split('\n'))

it('docs/changes.md has only commands that work, one after the other', async () => {
  const openapi = { openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: { '/a': { get: { responses: {} } } } }
  const config = await writeConfig({ orders: { openapi } })
  const codes = []
  for (const command of commands) {
    const [program, ...args] = command.split(' ')
    const child = runCli(...args, '--config', config)
    const [code] = await once(child, 'close')
    codes.push([program, command, code])
  }
  expect(codes).toEqual(commands.map(command => ['patchbay', command, 0]))
  expect(commands.length).toBeGreaterThan(3)
}, 60_000)
