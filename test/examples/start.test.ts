import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isAlive, until } from '../sources/mcp/helpers.ts'

const root = new URL('../..', import.meta.url).pathname

/** `npm start` in a process group of its own, which is killed when the test ends. */
function npmStart(...args: string[]) {
  const child = spawn('npm', ['start', '--silent', '--', ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', text => {
      texts[name] += text
    })
  onTestFinished(() => {
    try {
      process.kill(-Number(child.pid), 'SIGKILL')
    } catch {
      // Nobody of the group is left, which is what was wanted.
    }
  })
  return { child, texts }
}

/** Every process that this one has started, and that those have. */
function descendantsOf(pid: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = rows.map(row => row.trim().split(/\s+/).map(Number))
  const below = (parent: number): number[] =>
    pairs.flatMap(([id = 0, over]) => (over === parent ? [id, ...below(id)] : []))
  return below(pid)
}

describe('npm start', { timeout: 60_000 }, () => {
  it('exits with 1 on a port that is in use, though its own API listens already', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { child, texts } = npmStart('--port', String(port))
    const [code] = await once(child, 'close')
    expect([code, texts.stderr]).toEqual([1, expect.stringContaining(`Port ${port} on 127.0.0.1 is in use.`)])
  })

  it('leaves nothing behind when npm alone is told to stop', async () => {
    const { child, texts } = npmStart('--port', '0')
    await until(() => /^Sources$/m.test(texts.stdout))
    const started = descendantsOf(Number(child.pid))
    // A shell or Node itself, and the one server of the demo that is a program.
    expect(started.length).toBeGreaterThanOrEqual(2)
    child.kill('SIGTERM')
    await until(() => !started.some(isAlive))
  })
})
