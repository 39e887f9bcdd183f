import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from './harness/child.ts'
import { costOf, peakRssMb } from './harness/proc-stat.ts'
import { duration, table } from './harness/report.ts'
import { median, shuffled } from './harness/statistics.ts'
import { openConnection } from './load/connection.ts'
import { handshake, messageWriter } from './load/messages.ts'
import type { Plan } from './load/plan.ts'
import { headerOf } from './load/reply-reader.ts'

/** One start. For the gateway: spawn to the last byte of its first tools/list. For Node: spawn to exit. */
type Start = Readonly<{ wallMs: number; cpuMs?: number; rssMb?: number; peakMb?: number; tools?: number }>

/** Every start measured, by what was started; medians in `summary`. */
export type Starts = Readonly<{
  node: readonly Start[]
  null: readonly Start[]
  patchbay: readonly Start[]
  summary: Readonly<{
    nodeMs: number
    nullRatio: number
    overNodeMs: number
    rssMb: number
    peakMb: number
    tools: number
  }>
}>

const goals = { overNodeMs: 450, rssMb: 160 }

/** The GitHub document: `PATCHBAY_SPECS`, or `../shared/specs` beside the repository. Undefined when it is not there. */
export function findGitHubDocument(): string | undefined {
  const folder = process.env.PATCHBAY_SPECS ?? resolve(import.meta.dirname, '../../shared/specs')
  const path = resolve(folder, 'github.json')
  return existsSync(path) ? path : undefined
}

/**
 * Measures how long the gateway takes from nothing to its first list with GitHub's document as its only source, and
 * how much of that is Node's own start, in shuffled rounds with `node -e 0`.
 */
export async function measureStart(
  document: string,
  options: { rounds: number; directory: string; cli: string; log: (line: string) => void },
): Promise<Starts> {
  const starts = { node: [] as Start[], null: [] as Start[], patchbay: [] as Start[] }
  // Round -1 is not kept: it brings files into the page cache.
  for (let round = -1; round < options.rounds; round += 1) {
    const directory = join(options.directory, 'start', String(round))
    for (const what of shuffled(['node', 'null', 'patchbay'] as const)) {
      const start = what === 'patchbay' ? await startGateway(document, directory, options.cli) : await startNode()
      options.log(`start ${round} ${what}: ${start.wallMs.toFixed(0)} ms`)
      if (round >= 0) starts[what].push(start)
    }
  }
  const wall = (values: readonly Start[]): number => median(values.map(({ wallMs }) => wallMs))
  const of = (field: 'rssMb' | 'peakMb' | 'tools'): number => median(starts.patchbay.map(start => start[field] ?? 0))
  const nodeMs = wall(starts.node)
  const overNodeMs = wall(starts.patchbay) - nodeMs
  const summary = {
    nodeMs,
    nullRatio: wall(starts.null) / nodeMs,
    overNodeMs,
    rssMb: of('rssMb'),
    peakMb: of('peakMb'),
    tools: of('tools'),
  }
  return { ...starts, summary }
}

/** Writes the table and remarks of a start as Markdown. */
export function startToMarkdown({ node, null: nulls, patchbay, summary }: Starts): string {
  const row = (name: string, starts: readonly Start[]): string[] => {
    const walls = starts.map(({ wallMs }) => wallMs)
    const cpu = median(starts.flatMap(({ cpuMs }) => cpuMs ?? []))
    return [
      name,
      ...[median(walls), Math.min(...walls), Math.max(...walls), cpu].map(ms =>
        Number.isNaN(ms) ? '' : duration(ms * 1000),
      ),
    ]
  }
  const verdict = (met: boolean): string => (met ? 'met' : '**missed**')
  return [
    '### start',
    '',
    `Spawn to the last byte of the first tools/list, GitHub's document as the only source (${summary.tools} tools). ${node.length} rounds.`,
    '',
    table(
      ['what', 'median', 'least', 'most', 'CPU'],
      [row('node -e 0', node), row('null (again)', nulls), row('patchbay', patchbay)],
    ),
    '',
    ...(Math.abs(summary.nullRatio - 1) <= 0.1
      ? []
      : [`**void: null at ${summary.nullRatio.toFixed(2)} of Node's own start, outside 0.9 to 1.1**`]),
    `- ${verdict(summary.overNodeMs <= goals.overNodeMs)}: at most ${goals.overNodeMs} ms over Node's own start (${summary.overNodeMs.toFixed(0)} ms)`,
    `- ${verdict(summary.rssMb <= goals.rssMb)}: at most ${goals.rssMb} MB resident after that (${summary.rssMb.toFixed(0)} MB, at most ${summary.peakMb.toFixed(0)} MB on the way)`,
    '',
  ].join('\n')
}

async function startNode(): Promise<Start> {
  const before = performance.now()
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' })
  await new Promise(done => child.once('exit', done))
  return { wallMs: performance.now() - before }
}

async function startGateway(document: string, directory: string, cli: string): Promise<Start> {
  mkdirSync(directory, { recursive: true })
  const config = join(directory, 'servers.json')
  writeFileSync(config, JSON.stringify({ mcpServers: { github: { openapi: document } } }))
  const args = [cli, 'serve', '--config', config, '--port', '0', '--host', '127.0.0.1']
  const before = performance.now()
  const child = await startChild({ name: 'patchbay', directory, args })
  try {
    const tools = await firstList({
      url: `${child.origin}/mcp`,
      headers: {},
      connections: 1,
      work: { kind: 'list', era: 'legacy' },
    })
    const wallMs = performance.now() - before
    return { wallMs, tools, ...costOf(child.pid), peakMb: peakRssMb(child.pid) }
  } finally {
    await child.stop()
  }
}

/** Initializes and lists, again while the list is empty. Returns how many tools the first page holds. */
async function firstList(plan: Plan): Promise<number> {
  const connection = await openConnection(new URL(plan.url))
  const { initialize, initialized } = handshake(plan)
  const sessionId = headerOf((await connection.send(initialize)).head, 'mcp-session-id')
  await connection.send(initialized(sessionId))
  const write = messageWriter(plan, sessionId)
  for (let id = 1; id < 1000; id += 1) {
    const { body } = await connection.send(write(id).text)
    const tools = body.toString('utf8').split('"inputSchema":').length - 1
    if (tools > 0) {
      connection.close()
      return tools
    }
    await sleep(10)
  }
  throw new Error('The gateway listed no tool of the document.')
}
