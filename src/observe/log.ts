import type { Logger } from 'pino'
import { destination, pino } from 'pino'

/** The levels a log line may have, quietest last. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Writes one JSON line to stderr: stdout belongs to the protocol, or to what a command prints. */
export type Log = Readonly<{
  write(level: Exclude<LogLevel, 'silent'>, message: string, fields?: Readonly<Record<string, unknown>>): void
  /** Writes the line of one request. Its fields are ours alone, so they are not searched for secrets. */
  request(fields: Readonly<Record<string, unknown>>): void
  /** Writes out what is still in memory; call it before the process ends. */
  flush(): void
}>

/** Keys whose values are never written, wherever in the fields they stand. */
const secrets = ['authorization', 'cookie', 'apiKey', 'key', 'token', 'headers']

/** Lines wait for each other up to this many bytes or milliseconds: one system call for many requests. */
const batchBytes = 4_096
const batchMs = 100

/** Opens the log of the process. */
export function createLog(level: LogLevel): Log {
  const output = destination({ fd: 2, sync: false, minLength: batchBytes, periodicFlush: batchMs })
  const paths = secrets.flatMap(name => [name, `*.${name}`])
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  const told = level === 'info' || level === 'debug'
  const logger: Logger = pino({ ...options, redact: { paths, censor: '[hidden]' } }, output)
  return {
    write: (as, message, fields = {}) => logger[as](fields, message),
    request: fields => {
      if (told) output.write(requestLine(fields, new Date()))
    },
    flush: () => output.flushSync(),
  }
}

/**
 * The line of one request, as pino would write it at level `info`. There is one for every request, and pino takes three
 * times as long to put it together.
 *
 * @param fields - at least one
 */
export function requestLine(fields: Readonly<Record<string, unknown>>, time: Date): string {
  return `{"level":30,"time":"${time.toISOString()}",${JSON.stringify(fields).slice(1, -1)},"msg":"request"}\n`
}
