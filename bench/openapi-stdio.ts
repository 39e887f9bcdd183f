import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from './harness/child.ts'
import { startChild } from './harness/child.ts'
import type { Failures } from './harness/failures.ts'
import { orNote } from './harness/failures.ts'
import type { Measured, PlacedVisit } from './harness/rounds.ts'
import { shuffled } from './harness/statistics.ts'
import type { StdioClient } from './harness/stdio-client.ts'
import { startStdioClient } from './harness/stdio-client.ts'
import type { Visit } from './harness/visit.ts'
import { leastDisturbed } from './harness/visit.ts'
import { listTools } from './load/list-tools.ts'
import type { Sample } from './load/plan.ts'
import { toSample } from './load/sample.ts'
import type { Scenario } from './scenarios.ts'
import { restDocument } from './servers/rest-document.ts'
import type { StdioTarget } from './stdio-targets.ts'
import { scripts } from './targets.ts'

/** How much to measure: calls instead of time, so that a slow peer does the same work as the base. */
export type CallEffort = Readonly<{
  lives: number
  rounds: number
  firstWarmupCalls: number
  warmupCalls: number
  calls: number
}>

/** What `openapi-stdio` asks. */
export const openApiStdio: Pick<Scenario, 'name' | 'about' | 'goals'> = {
  name: 'openapi-stdio',
  about: 'tools/call over stdio that becomes a REST POST, one after the other; the base is a bare bridge over stdio',
  goals: [{ of: 'cpuRatio', atMost: 1.6, text: 'CPU at most 1.6 of the base, aim 1.2' }],
}

type Options = Readonly<{ effort: CallEffort; directory: string; log: (line: string) => void }>
type Started = Readonly<{ target: StdioTarget; client: StdioClient }>

/** Measures what a call costs over stdio, in shuffled, interleaved rounds of a fixed number of calls. */
export async function measureOpenApiStdio(targets: readonly StdioTarget[], options: Options): Promise<Measured> {
  const { effort, log } = options
  const visits: PlacedVisit[] = []
  const failures: Failures = new Map()
  for (let life = 0; life < effort.lives; life += 1) {
    const directory = join(options.directory, openApiStdio.name, String(life))
    const upstream = await startChild({ name: 'upstream', directory, args: [scripts.rest] })
    const started: Started[] = []
    try {
      for (const target of targets) {
        await orNote(failures, target, async () => {
          started.push({ target, client: await startTarget(target, upstream, directory) })
        })
      }
      for (let round = 0; round < effort.rounds; round += 1) {
        for (const { target, client } of shuffled(started)) {
          await orNote(failures, target, async () => {
            const seen = await visitCalls(client, target, effort, round === 0)
            visits.push({ ...seen, target: target.name, life, round })
            log(`${openApiStdio.name} ${life}.${round} ${target.name}: ${(seen.requests / seen.seconds).toFixed(0)}/s`)
          })
        }
      }
    } finally {
      await Promise.all([upstream, ...started.map(({ client }) => client)].map(child => child.stop()))
    }
  }
  return { visits, failures }
}

async function startTarget(target: StdioTarget, upstream: Child, parent: string): Promise<StdioClient> {
  const directory = join(parent, target.name)
  mkdirSync(directory, { recursive: true })
  const document = join(directory, 'echo.json')
  writeFileSync(document, JSON.stringify(restDocument))
  const args = await target.prepare({ document, baseUrl: upstream.origin, directory })
  const client = startStdioClient({ name: target.name, directory, args })
  try {
    await client.greet()
    await listTools(client.askPage)
    return client
  } catch (error) {
    await client.stop()
    throw error
  }
}

async function visitCalls(
  client: StdioClient,
  target: StdioTarget,
  effort: CallEffort,
  first: boolean,
): Promise<Visit> {
  await runCalls(client, target, first ? effort.firstWarmupCalls : effort.warmupCalls)
  return leastDisturbed(client.pid, () => runCalls(client, target, effort.calls))
}

async function runCalls(client: StdioClient, target: StdioTarget, calls: number): Promise<Sample> {
  const latencies: number[] = []
  let bytes = 0
  const start = performance.now()
  for (let call = 0, before = start; call < calls; call += 1) {
    const text = `echo ${call}.`
    const answer = await client.call(
      target.toolName,
      target.toArguments({ id: call, lang: 'en', text, times: 1 }),
      text,
    )
    const after = performance.now()
    bytes = answer.length
    latencies.push((after - before) * 1000)
    before = after
  }
  const seconds = (performance.now() - start) / 1000
  return toSample(latencies, seconds, bytes)
}
