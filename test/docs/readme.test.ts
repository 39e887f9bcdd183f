import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load-config.ts'

const root = new URL('../..', import.meta.url).pathname
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(match => match[1] ?? '')
const shell = blocks('sh')

/** The snippets that are asked of a running Patchbay, each command of its own, with what its answer must hold. */
const curls = shell.filter(block => block.includes('curl')).flatMap(block => block.split('\n\n'))
const answers = ['everything__echo', 'Echo: hello', 'Middlemarch', '42']

describe('the README', () => {
  it('stays within 120 lines', () => {
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(120)
  })

  it('starts with the two commands that CI itself runs', () => {
    expect(shell[0]?.trim()).toBe('npm ci && npm start')
  })

  it.each(blocks('json'))('shows a configuration that loads: %#', async text => {
    const file = join(await mkdtemp(join(tmpdir(), 'patchbay-readme-')), 'servers.json')
    await writeFile(file, text)
    await expect(loadConfig(file)).resolves.toMatchObject({ warnings: [] })
  })

  describe('beside a running demo', () => {
    let demo: Running

    beforeAll(async () => {
      demo = await start(['start', '--silent', '--', '--port', '0'])
    })
    afterAll(() => demo.stop())

    it('has an answer to check for each curl', () => {
      expect(curls).toHaveLength(answers.length)
    })

    it.each(curls.map((command, at) => [answers[at] ?? '', command]))(
      'a command that answers "%s" works when pasted',
      async (answer, command) => {
        const { stdout } = await bash(command.replaceAll('http://127.0.0.1:4000', demo.url))
        expect(stdout).toContain(answer)
        expect(stdout).not.toContain('"error":{')
      },
    )
  })

  it('starts with a configuration of one’s own', async () => {
    const command =
      shell
        .find(block => block.includes('--config'))
        ?.trim()
        .replace('--port 4001', '--port 0') ?? ''
    const running = await start(command.split(' ').slice(1))
    await running.stop()
    expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  it.each(
    shell
      .find(block => block.includes('patchbay --'))
      ?.trim()
      .split('\n') ?? [],
  )('the command `%s` works when pasted', async command => {
    // `library` is described by a document on disk, so it lists without its API.
    await expect(bash(command)).resolves.toBeDefined()
  })
})

type Running = Readonly<{ url: string; stop: () => Promise<void> }>

async function start(args: readonly string[]): Promise<Running> {
  const child: ChildProcess = spawn('npm', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'], detached: true })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /MCP +(http:\S+)\/mcp\n/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', code => reject(new Error(`npm ${args.join(' ')} exited with ${code}: ${said}`)))
  })
  return {
    url,
    async stop() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      await once(child, 'exit')
    },
  }
}

function bash(command: string): Promise<{ stdout: string }> {
  return promisify(execFile)('bash', ['-euo', 'pipefail', '-c', command], { cwd: root, maxBuffer: 10_000_000 })
}
