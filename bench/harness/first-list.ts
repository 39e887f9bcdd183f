import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { openConnection } from '../load/connection.ts'
import { countTools, listTools } from '../load/list-tools.ts'
import { handshake, messageWriter } from '../load/messages.ts'
import type { Plan } from '../load/plan.ts'
import { headerOf } from '../load/reply-reader.ts'
import type { Child, Launch } from './child.ts'
import { startChild } from './child.ts'
import { costOf, peakRssMb } from './proc-stat.ts'
import { startStdioClient } from './stdio-client.ts'

/** One start: from spawn to the last byte of the first complete tools/list. For Node alone: to its exit. */
export type Start = Readonly<{ wallMs: number; listed?: Listed }>

/** What stood there at that byte. */
export type Listed = Readonly<{
  cpuMs: number
  rssMb: number
  /** Resident a second later. */
  settledMb: number
  /** The most that was resident, that second included. */
  peakMb: number
  tools: number
  bytes: number
}>

/** Starts Node with nothing to do. */
export async function startNode(): Promise<Start> {
  const before = performance.now()
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' })
  await new Promise(done => child.once('exit', done))
  return { wallMs: performance.now() - before }
}

/** Starts a server that prints its URL, and lists its tools over HTTP. */
export async function startOverHttp(launch: Launch): Promise<Start> {
  const before = performance.now()
  const child = await startChild(launch)
  return finish(before, child, () =>
    listOverHttp({ url: `${child.origin}/mcp`, headers: {}, connections: 1, work: { kind: 'list', era: 'legacy' } }),
  )
}

/** Starts a server that speaks over stdin and stdout, and lists its tools there. */
export async function startOverStdio(launch: Launch): Promise<Start> {
  const before = performance.now()
  const client = startStdioClient(launch)
  return finish(before, client, async () => {
    await client.greet()
    return listTools(client.askPage)
  })
}

async function finish(
  before: number,
  child: Pick<Child, 'pid' | 'complaint' | 'stop'>,
  list: () => Promise<readonly Buffer[]>,
): Promise<Start> {
  try {
    const pages = await list()
    const wallMs = performance.now() - before
    const cost = costOf(child.pid)
    await sleep(1_000)
    const settled = { settledMb: costOf(child.pid).rssMb, peakMb: peakRssMb(child.pid) }
    return { wallMs, listed: { ...cost, ...settled, ...countTools(pages) } }
  } catch (error) {
    throw new Error(`${(error as Error).message} ${child.complaint()}`)
  } finally {
    await child.stop()
  }
}

async function listOverHttp(plan: Plan): Promise<readonly Buffer[]> {
  const connection = await openConnection(new URL(plan.url))
  const { initialize, initialized } = handshake(plan)
  const sessionId = headerOf((await connection.send(initialize)).head, 'mcp-session-id')
  await connection.send(initialized(sessionId))
  const write = messageWriter(plan, sessionId)
  let id = 0
  const pages = await listTools(async cursor => {
    id += 1
    const { status, body } = await connection.send(write(id, cursor).text)
    if (status !== 200) throw new Error(`tools/list was answered with ${status}: ${body.toString('utf8', 0, 300)}`)
    return body
  })
  connection.close()
  return pages
}
