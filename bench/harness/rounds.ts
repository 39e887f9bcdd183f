import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Scenario } from '../scenarios.ts'
import type { Target } from '../targets.ts'
import { scripts } from '../targets.ts'
import type { Child } from './child.ts'
import { startChild } from './child.ts'
import type { Failures } from './failures.ts'
import { orNote } from './failures.ts'
import type { Generator } from './generator.ts'
import { startGenerator } from './generator.ts'
import { shuffled } from './statistics.ts'
import type { Visit } from './visit.ts'
import { visit } from './visit.ts'

/** How long to measure. A life is a set of fresh processes; each of its rounds visits every target once. */
export type Effort = Readonly<{
  lives: number
  rounds: number
  /** Before the first window of a life, while the target's code is being compiled. */
  firstWarmupMs: number
  /** Before every other window. */
  warmupMs: number
  windowMs: number
}>

/** A visit, and where in the run it happened. */
export type PlacedVisit = Visit & Readonly<{ target: string; life: number; round: number }>

/** Everything seen in one scenario; `failures` says by target's name why a target has no (more) visits. */
export type Measured = Readonly<{ visits: readonly PlacedVisit[]; failures: ReadonlyMap<string, string> }>

/** What measuring needs besides its question. `log` is told what goes on, one line at a time. */
export type MeasureOptions = Readonly<{
  effort: Effort
  directory: string
  cli: string
  /** A folder for CPU profiles of the gateway, one for each of its lives. */
  profile?: string | undefined
  log: (line: string) => void
}>

/** Measures one scenario: shuffled, interleaved rounds, so that what the machine does meanwhile happens to all. */
export async function measure(
  scenario: Scenario,
  targets: readonly Target[],
  options: MeasureOptions,
): Promise<Measured> {
  const visits: PlacedVisit[] = []
  const failures: Failures = new Map()
  for (let life = 0; life < options.effort.lives; life += 1) {
    const directory = join(options.directory, scenario.name, String(life))
    const { server, args } = scenario.upstream
    const upstream = await startChild({ name: 'upstream', directory, args: [scripts[server], ...args] })
    const generator = startGenerator()
    const children: Child[] = [upstream]
    try {
      const started: Started[] = []
      for (const target of targets) {
        await orNote(failures, target, async () => {
          const child = await startTarget(target, upstream, join(directory, target.name), scenario, options)
          children.push(child)
          started.push({ target: { ...target, headers: fillIn(target.headers, upstream.origin) }, child })
        })
      }
      await runRounds(scenario, started, generator, options.effort, failures, (seen, round) => {
        visits.push({ ...seen, life, round })
        options.log(`${scenario.name} ${life}.${round} ${seen.target}: ${(seen.requests / seen.seconds).toFixed(0)}/s`)
      })
    } finally {
      generator.stop()
      await Promise.all(children.map(child => child.stop()))
    }
  }
  return { visits, failures }
}

type Started = Readonly<{ target: Target; child: Child }>

async function runRounds(
  scenario: Scenario,
  started: readonly Started[],
  generator: Generator,
  effort: Effort,
  failures: Failures,
  keep: (visit: Visit & { target: string }, round: number) => void,
): Promise<void> {
  for (let round = 0; round < effort.rounds; round += 1) {
    for (const { target, child } of shuffled(started)) {
      const plan = {
        url: `${child.origin}${target.path}`,
        headers: { ...target.headers, ...scenario.headers },
        connections: scenario.connections,
        work: scenario.work(target),
      }
      const warmupMs = round === 0 ? effort.firstWarmupMs : effort.warmupMs
      await orNote(failures, target, async () => {
        const seen = await visit(generator, plan, { pid: child.pid, warmupMs, windowMs: effort.windowMs })
        keep({ ...seen, target: target.name }, round)
      })
    }
  }
}

function fillIn(headers: Target['headers'], upstream: string): Target['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace('{upstream}', upstream)]),
  )
}

async function startTarget(
  target: Target,
  upstream: Child,
  directory: string,
  scenario: Scenario,
  { cli, profile }: MeasureOptions,
): Promise<Child> {
  if (target.role === 'direct') return upstream
  mkdirSync(directory, { recursive: true })
  const { name, readyPath, metricsPath, headers } = target
  const upstreamArgs = scenario.upstream.args
  const setting = { upstreamOrigin: upstream.origin, upstreamArgs, directory, source: scenario.source, cli }
  const profiling =
    profile === undefined || target.role !== 'gateway'
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${join(profile, scenario.name)}`]
  const args = [...profiling, ...target.args(setting)]
  const child = await startChild({ name, directory, args, ...(readyPath !== undefined && { readyPath }) })
  if (metricsPath !== undefined) await readMetrics(`${child.origin}${metricsPath}`, headers)
  return child
}

async function readMetrics(url: string, headers: Target['headers']): Promise<void> {
  const response = await fetch(url, { headers })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${url} was answered with ${response.status}: ${text.slice(0, 200)}`)
}
