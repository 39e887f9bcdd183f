import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { GatewayError } from '../../core/errors.ts'
import { hideSecrets } from '../../core/secrets.ts'
import type { StdioConfig } from '../../core/source-config.ts'
import { splitLines } from '../../core/split-lines.ts'
import { secretsOf } from './entry-secrets.ts'
import { deliver } from './read-message.ts'
import type { Transport } from './transport.ts'

/** How long a child may take to leave after its stdin was closed, and again after SIGTERM (MCP, stdio, "Shutdown"). */
const graceMs = 2_000

/** How long a child's last words may take to be read after it has ended. */
const drainMs = 1_000

/** How long a child that does not read may take to turn out to have ended. */
const endMs = 1_000

/** What a child sees of our environment; provider keys and the like stay with us. */
const inherited = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/**
 * Runs an MCP server as a child and speaks to it over stdin and stdout, one JSON message a line.
 *
 * The child leads a process group of its own, so that closing also ends what it started (`npx`, `uvx` and shells wrap
 * the real server). Its stderr is always read; the last 2 kB of it explain an unexpected end.
 *
 * @param maxMessageBytes - a longer line is dropped and its request fails; the connection goes on. As many bytes may
 *   wait for a child that does not read
 */
export function stdioTransport(
  config: StdioConfig,
  options: { maxMessageBytes: number; onStderr?: (text: string) => void },
): Transport {
  const secrets = secretsOf(config)
  let child: ChildProcess | undefined
  let closing = false
  let ended: Promise<void> = Promise.resolve()

  return {
    start: handlers =>
      new Promise((resolve, reject) => {
        const started = spawn(config.command, [...config.args], {
          cwd: config.cwd,
          env: childEnvironment(config.env),
          stdio: ['pipe', 'pipe', 'pipe'],
          detached: process.platform !== 'win32',
          windowsHide: true,
        })
        child = started
        let stderr = ''
        /** What it wrote last that is no message: some tell on stdout why they end. */
        let noise = ''
        const gone = Promise.withResolvers<void>()
        ended = gone.promise

        started.once('spawn', () => {
          groups.add(started)
          resolve()
        })
        started.once('error', cause => {
          gone.resolve()
          reject(explainSpawn(config, cause as NodeJS.ErrnoException))
        })
        // What it started is ended with it. A child that has left the group and holds its output, such as a browser, lives on:
        // it would keep 'close' from coming, and the pipes open.
        started.once('exit', () => {
          killGroup(started, 'SIGKILL')
          setTimeout(() => {
            started.stdout?.destroy()
            started.stderr?.destroy()
          }, drainMs).unref()
        })
        // 'close' comes after stdout has been read to its end, so an answer just before the exit still arrives.
        started.once('close', (code, signal) => {
          groups.delete(started)
          gone.resolve()
          if (!closing) handlers.onClose(explainEnd(config, code, signal, stderr.trim() === '' ? noise : stderr))
        })
        started.stdin?.on('error', () => {})
        started.stderr?.on('data', (chunk: Buffer) => {
          const text = chunk.toString('utf8')
          stderr = (stderr + text).slice(-2_000)
          options.onStderr?.(hideSecrets(text, secrets))
        })
        started.stdout?.on(
          'data',
          splitLines(options.maxMessageBytes, {
            onLine: line => {
              if (line.trim() !== '' && deliver(line, handlers) === undefined) noise = line.slice(0, 500)
            },
            onTooLong: id =>
              handlers.onUnreadable(
                `a message of more than ${options.maxMessageBytes} bytes (limits.maxMessageBytes)`,
                id,
              ),
          }),
        )
      }),

    send: message =>
      new Promise((resolve, reject) => {
        if (!child?.stdin?.writable)
          return reject(new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" is not running.`))
        if (child.stdin.writableLength > options.maxMessageBytes)
          return reject(new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" does not read its input.`))
        child.stdin.write(`${JSON.stringify(message)}\n`, cause => {
          if (!cause) return resolve()
          const error = new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" stopped reading its input.`, { cause })
          // One that has just ended is about to be told of, and that explains more.
          void within(ended, endMs).then(() => reject(error))
        })
      }),

    async close() {
      closing = true
      if (child?.pid === undefined) return
      child.stdin?.end()
      if (await within(ended, graceMs)) return
      killGroup(child, 'SIGTERM')
      if (await within(ended, graceMs)) return
      killGroup(child, 'SIGKILL')
      await within(ended, graceMs)
    },
  }
}

/** The groups that live; killed without grace should we end without having closed them. */
const groups = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of groups) killGroup(child, 'SIGKILL')
})

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // ESRCH: nobody of the group is left, which is what was wanted.
  }
}

function childEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const kept = inherited.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  return { ...Object.fromEntries(kept), ...own }
}

function explainSpawn({ id, command, cwd }: StdioConfig, cause: NodeJS.ErrnoException): GatewayError {
  const why =
    cause.code === 'ENOENT'
      ? `the command "${command}" was not found on PATH, or its folder "${cwd}" does not exist`
      : `the command "${command}" cannot be run (${cause.code ?? cause.message})`
  const remedy = 'Install it, or correct "command" or "cwd" of the entry.'
  return new GatewayError('SOURCE_UNAVAILABLE', `"${id}" could not be started: ${why}. ${remedy}`, { cause })
}

function explainEnd(config: StdioConfig, code: number | null, signal: string | null, lastWords: string): GatewayError {
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`
  const said = hideSecrets(lastWords, secretsOf(config)).trim().split('\n').slice(-5).join('\n').slice(-500)
  return new GatewayError(
    'SOURCE_UNAVAILABLE',
    `"${config.id}" (${config.command}) ${how}.${said === '' ? ' It wrote nothing: run its command by hand to see why.' : ` It last wrote: ${said}`}`,
  )
}

async function within(event: Promise<void>, ms: number): Promise<boolean> {
  const timer = Promise.withResolvers<false>()
  const timeout = setTimeout(() => timer.resolve(false), ms)
  const happened = await Promise.race([event.then(() => true as const), timer.promise])
  clearTimeout(timeout)
  return happened
}
