import type { AskPage } from '../load/list-tools.ts'
import { answeredId, lineReader } from '../load/message-lines.ts'
import { revisions } from '../load/plan.ts'
import type { Launch } from './child.ts'
import { spawnNode, stopChild } from './child.ts'

/** A server that speaks MCP over stdio, and its client: one request at a time. */
export type StdioClient = Readonly<{
  pid: number
  /** The line of its standard error that says most. */
  complaint: () => string
  /** Initializes, as a client of 2025-11-25. */
  greet: () => Promise<void>
  askPage: AskPage
  /** @throws unless the answer holds `expected` and no error */
  call: (name: string, args: object, expected: string) => Promise<Buffer>
  stop: () => Promise<void>
}>

/** A child that does not answer for this long has failed. */
const patienceMs = 60_000

/** Starts a server with its stdin and stdout for us, in the same tick, so that what follows counts from its spawn. */
export function startStdioClient(launch: Launch): StdioClient {
  const { child, complaint } = spawnNode(launch, 'pipe')
  let lastId = 0
  let waiting: { id: number; resolve: (line: Buffer) => void; reject: (error: Error) => void } | undefined
  const fail = (reason: string): void => waiting?.reject(new Error(`${launch.name} ${reason}. ${complaint()}`))

  const receive = (line: Buffer): void => {
    if (waiting === undefined || line.length === 0 || answeredId(line) !== waiting.id) return
    waiting.resolve(line)
  }
  const read = lineReader(receive)
  child.stdout?.on('data', (bytes: Buffer) => {
    try {
      read(bytes)
    } catch {
      fail(`wrote a line that is no JSON: ${bytes.toString('utf8', 0, 100)}`)
    }
  })
  child.stdin?.on('error', () => fail('closed its stdin'))
  child.once('exit', code => fail(`ended with code ${code}`))

  const write = (message: object): void => {
    child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }
  const ask = async (method: string, params: object): Promise<Buffer> => {
    if (child.exitCode !== null) throw new Error(`${launch.name} ended with code ${child.exitCode}. ${complaint()}`)
    lastId += 1
    const id = lastId
    const timer = setTimeout(() => fail(`did not answer ${method} within ${patienceMs / 1000} s`), patienceMs)
    try {
      return await new Promise((resolve, reject) => {
        waiting = { id, resolve, reject }
        write({ id, method, params })
      })
    } finally {
      clearTimeout(timer)
      waiting = undefined
    }
  }
  return {
    pid: child.pid ?? 0,
    complaint,
    async greet() {
      const clientInfo = { name: 'patchbay-bench', version: '1.0.0' }
      check(
        await ask('initialize', { protocolVersion: revisions.legacy, capabilities: {}, clientInfo }),
        '"serverInfo"',
      )
      write({ method: 'notifications/initialized' })
    },
    askPage: async cursor => check(await ask('tools/list', cursor === undefined ? {} : { cursor }), '"tools"'),
    call: async (name, args, expected) => check(await ask('tools/call', { name, arguments: args }), expected),
    stop: () => stopChild(child),
  }
}

function check(line: Buffer, expected: string): Buffer {
  if (line.includes(expected)) return line
  throw new Error(`Expected ${expected}, got: ${line.toString('utf8', 0, 300)}`)
}
