import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that runs as a child of the harness. */
export type Child = Readonly<{
  pid: number
  /** From the first line of its output that holds one, such as `http://127.0.0.1:4000`. */
  origin: string
  /** The line of its standard error that says most. */
  complaint: () => string
  /** Ends it by its own pid, kindly at first. */
  stop: () => Promise<void>
}>

/** How to start a child. Its working directory is `directory`; its standard error goes to a file there. */
export type Launch = Readonly<{
  name: string
  directory: string
  /** Arguments of `node`. */
  args: readonly string[]
  /** A path that answers 200 once the child may be measured. */
  readyPath?: string
  /** Besides our own environment. */
  env?: Readonly<Record<string, string>>
}>

const startTimeoutMs = 30_000
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/**
 * Starts a server and waits until it has printed its URL, and is ready where `readyPath` says how to see that.
 *
 * @throws when it ends or says nothing within 30 s; the message holds the end of its standard error
 */
export async function startChild(launch: Launch): Promise<Child> {
  const { name, readyPath } = launch
  const { child, complaint } = spawnNode(launch, 'ignore')
  try {
    const origin = await printedOrigin(child)
    if (readyPath !== undefined) await untilReady(`${origin}${readyPath}`)
    return { pid: child.pid ?? 0, origin, complaint, stop: () => stopChild(child) }
  } catch (error) {
    await stopChild(child)
    throw new Error(`${name} did not start: ${(error as Error).message} ${complaint()}`)
  }
}

/** Starts `node` with a launch's arguments. It dies with the harness; `complaint` is what its log says went wrong. */
export function spawnNode(
  { name, directory, args, env }: Launch,
  stdin: 'pipe' | 'ignore',
): Readonly<{ child: ChildProcess; complaint: () => string }> {
  mkdirSync(directory, { recursive: true })
  const log = join(directory, `${name}.log`)
  const stderr = openSync(log, 'a')
  const child = spawn(process.execPath, args, {
    cwd: directory,
    stdio: [stdin, 'pipe', stderr],
    env: { ...process.env, ...env },
  })
  closeSync(stderr)
  running.add(child)
  child.once('exit', () => running.delete(child))
  return { child, complaint: () => tellingLine(readFileSync(log, 'utf8')) }
}

/** The line of a log that says most: an uncaught error's, or else the last one. */
function tellingLine(log: string): string {
  const lines = log.trim().split('\n')
  return (lines.find(line => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '').slice(0, 500)
}

function printedOrigin(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => reject(new Error(`no URL within ${startTimeoutMs} ms`)), startTimeoutMs)
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`it ended with code ${code}. ${output.slice(-500)}`)))
    // The listener stays, so that a child that logs to its standard output never waits for a reader.
    child.stdout?.on('data', (text: Buffer) => {
      if (output.length < 100_000) output += text
      const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]
      if (origin === undefined) return
      clearTimeout(timer)
      resolve(origin)
    })
  })
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  while (Date.now() < deadline) {
    const response = await fetch(url)
    await response.arrayBuffer()
    if (response.status === 200) return
    await sleep(20)
  }
  throw new Error(`${url} was not 200 within ${startTimeoutMs} ms`)
}

/** Ends a child by its own pid, kindly at first, and waits until it is gone. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(timer)
}
