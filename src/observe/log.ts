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
const batchBytes = 16_000
const batchMs = 100
/** Of other lines, which are few, as many bytes wait in the stream. */
const streamBytes = 4_096

/** Opens the log of the process. */
export function createLog(level: LogLevel): Log {
  const output = destination({ fd: 2, sync: false, minLength: streamBytes, periodicFlush: batchMs })
  const paths = secrets.flatMap(name => [name, `*.${name}`])
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  const told = level === 'info' || level === 'debug'
  const logger: Logger = pino({ ...options, redact: { paths, censor: '[hidden]' } }, output)
  const requests = gatherLines(lines => output.write(lines))
  return {
    write: (as, message, fields = {}) => {
      requests.handOver()
      logger[as](fields, message)
    },
    request: fields => {
      if (told) requests.add(requestLine(fields, Date.now()))
    },
    flush: () => {
      requests.handOver()
      output.flushSync()
    },
  }
}

/** Joins lines until there are enough of them: the stream looks through all that it holds at each write. */
function gatherLines(write: (lines: string) => void): Readonly<{ add: (line: string) => void; handOver: () => void }> {
  let lines = ''
  let timer: NodeJS.Timeout | undefined
  const handOver = (): void => {
    clearTimeout(timer)
    timer = undefined
    waiting.delete(handOver)
    if (lines !== '') write(lines)
    lines = ''
  }
  return {
    handOver,
    add(line) {
      lines += line
      if (lines.length >= batchBytes) return handOver()
      if (timer !== undefined) return
      timer = setTimeout(handOver, batchMs).unref()
      waiting.add(handOver)
    },
  }
}

/** What is in memory when the process ends is written: this runs before the stream writes out what it holds. */
const waiting = new Set<() => void>()
process.on('exit', () => {
  for (const handOver of [...waiting]) handOver()
})

/**
 * The line of one request, as pino would write it at level `info`. There is one for every request, and pino takes six
 * times as long to put it together, `JSON.stringify` three times.
 *
 * @param fields - finite numbers, texts and JSON, under names that JSON writes as they are
 * @param at - milliseconds since the epoch
 */
export function requestLine(fields: Readonly<Record<string, unknown>>, at: number): string {
  let text = `{"level":30,"time":"${isoTime(at)}"`
  for (const name in fields) {
    const value = fields[name]
    if (typeof value === 'number') text += `,"${name}":${value}`
    else if (typeof value === 'string' && isPlain.test(value)) text += `,"${name}":"${value}"`
    else if (value !== undefined) text += `,"${name}":${JSON.stringify(value)}`
  }
  return `${text},"msg":"request"}\n`
}

/** Text that JSON writes as it is. */
const isPlain = /^[ !#-[\]-~]*$/

/** The second that was written last, and its text up to the point. */
let second = Number.NaN
let secondText = ''

function isoTime(at: number): string {
  const ms = at % 1_000
  if (at - ms !== second) {
    second = at - ms
    secondText = new Date(second).toISOString().slice(0, -4)
  }
  return `${secondText}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`
}
