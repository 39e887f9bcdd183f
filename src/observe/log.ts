import type { Logger } from 'pino'
import { destination, pino } from 'pino'

/** The levels a log line may have, quietest last. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Writes one JSON line to stderr: stdout belongs to the protocol, or to what a command prints. */
export type Log = Readonly<{
  write(level: Exclude<LogLevel, 'silent'>, message: string, fields?: Readonly<Record<string, unknown>>): void
  /** Writes out what is still in memory; call it before the process ends. */
  flush(): void
}>

/** Keys whose values are never written, wherever in the fields they stand. */
const secrets = ['authorization', 'cookie', 'apiKey', 'key', 'token', 'headers']

/** Opens the log of the process. */
export function createLog(level: LogLevel): Log {
  const output = destination({ fd: 2, sync: true })
  const paths = secrets.flatMap(name => [name, `*.${name}`])
  const logger: Logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths, censor: '[hidden]' } },
    output,
  )
  return {
    write: (as, message, fields = {}) => logger[as](fields, message),
    flush: () => output.flushSync(),
  }
}
