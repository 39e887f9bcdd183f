import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { toMarkdown } from './harness/report.ts'
import type { Effort } from './harness/rounds.ts'
import { measure } from './harness/rounds.ts'
import { summarize } from './harness/summary.ts'
import { scenarios } from './scenarios.ts'
import { findGitHubDocument, measureStart, startToMarkdown } from './start.ts'
import { targets } from './targets.ts'

// node bench/run.ts [--quick] [--only tools-call,start] [--targets base,patchbay] [--cli dist/cli.js] [--json]

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    targets: { type: 'string', default: 'base,null,patchbay,sdk-v2-proxy' },
    cli: { type: 'string', default: 'src/cli.ts' },
    json: { type: 'boolean', default: false },
  },
})
const effort: Effort = values.quick
  ? { lives: 1, rounds: 3, firstWarmupMs: 1_000, warmupMs: 200, windowMs: 1_000 }
  : { lives: 6, rounds: 2, firstWarmupMs: 3_000, warmupMs: 500, windowMs: 2_500 }

const names = [...scenarios.map(({ name }) => name), 'start']
const only = chosen(values.only?.split(',') ?? names, names)
const cli = resolve(values.cli)
const measured = chosenTargets(values.targets.split(','))
const directory = mkdtempSync(join(tmpdir(), 'patchbay-bench-'))
const log = (line: string): void => console.error(line)

print(machine())
const results: unknown[] = []
try {
  for (const scenario of scenarios.filter(({ name }) => only.includes(name))) {
    const fitting = measured.filter(({ sources }) => sources.includes(scenario.source))
    const seen = await measure(scenario, fitting, { effort, directory, cli, log })
    const summary = summarize(scenario, fitting, seen)
    results.push({ ...summary, visits: seen.visits })
    print(toMarkdown(summary))
  }
  if (only.includes('start')) await start()
} finally {
  rmSync(directory, { recursive: true, force: true })
}
if (values.json) console.log(JSON.stringify({ machine: machine(), effort, results }, null, 2))

async function start(): Promise<void> {
  const document = findGitHubDocument()
  if (document === undefined)
    return print('start: skipped, github.json is not in PATCHBAY_SPECS nor in ../shared/specs.\n')
  if (!existsSync(cli)) return print(`start: skipped, there is no ${cli}.\n`)
  const starts = await measureStart(document, { rounds: values.quick ? 3 : 9, directory, cli, log })
  results.push({ scenario: 'start', ...starts })
  print(startToMarkdown(starts))
}

function print(text: string): void {
  if (!values.json) console.log(text)
}

function machine(): string {
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ')
  const model = cpus()[0]?.model ?? 'unknown CPU'
  return `Node ${process.version}, ${availableParallelism()} cores (${model}), load before ${load}\n`
}

function chosenTargets(wanted: readonly string[]): typeof targets {
  const short = targets.map(({ name, role }) => (role === 'null' ? 'null' : name))
  const kept = chosen(wanted, short)
  return targets.filter((_, index) => kept.includes(short[index] ?? ''))
}

function chosen(wanted: readonly string[], known: readonly string[]): readonly string[] {
  const unknown = wanted.filter(name => !known.includes(name))
  if (unknown.length > 0) throw new Error(`There is no "${unknown.join('", "')}". Choose from: ${known.join(', ')}.`)
  return wanted
}
