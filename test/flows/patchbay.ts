import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Patchbay } from '../../src/main.ts'
import { startPatchbay } from '../../src/main.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const fake = join(root, 'test/fakes/stdio-server.ts')

/** The command line of Patchbay, from its sources. */
export const cli: string = join(root, 'src/cli.ts')

/** An entry for our fake stdio server in one of its modes. */
export function stdioEntry(mode = 'ok', more: object = {}): object {
  return { command: process.execPath, args: [fake, mode], protocol: 'legacy', ...more }
}

/** Writes a servers.json into a folder of its own, which goes when the test ends. */
export async function writeConfig(mcpServers: Record<string, object>, rest: object = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-flow-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'servers.json')
  await writeFile(file, JSON.stringify({ mcpServers, ...rest }))
  return file
}

/** Starts Patchbay in this process and serves HTTP, until the test ends. */
export async function servePatchbay(
  mcpServers: Record<string, object>,
  rest: object = {},
): Promise<Readonly<{ patchbay: Patchbay; url: string }>> {
  const config = await writeConfig(mcpServers, rest)
  const patchbay = await startPatchbay({ config, logLevel: 'silent', watch: false })
  onTestFinished(() => patchbay.close())
  const url = await patchbay.listen({ port: 0 })
  await patchbay.gateway.settled()
  return { patchbay, url }
}

/** A child that runs one of Patchbay's commands; killed when the test ends, should it still live. */
export function runCli(...args: string[]): ChildProcess & { stdoutText: () => string; stderrText: () => string } {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const [out, err] = [[] as string[], [] as string[]]
  child.stdout.setEncoding('utf8').on('data', text => out.push(text))
  child.stderr.setEncoding('utf8').on('data', text => err.push(text))
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  return Object.assign(child, { stdoutText: () => out.join(''), stderrText: () => err.join('') })
}
