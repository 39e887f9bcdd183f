import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { toMarkdown } from './harness/report.ts'
import { measure } from './harness/rounds.ts'
import { startsToMarkdown } from './harness/start-report.ts'
import type { Starter, StartQuestion } from './harness/starts.ts'
import { measureStarts } from './harness/starts.ts'
import { summarize } from './harness/summary.ts'
import { large, writeLargeApi } from './large.ts'
import { builtCli, findLeftOut } from './left-out.ts'
import { measureOpenApiStdio, openApiStdio } from './openapi-stdio.ts'
import { readOptions } from './options.ts'
import { scenarios } from './scenarios.ts'
import type { StartApi } from './start.ts'
import { findGitHubApi, firstStarters, gatewayStarters, nodeStarters, start, stdioStarter } from './start.ts'
import { stdioTargets } from './stdio-targets.ts'
import { targets } from './targets.ts'

// node bench/run.ts [--quick] [--only tools-call,start] [--targets base,patchbay] [--cli dist/cli.js] [--json]
//                   [--profile folder]

const options = readOptions(process.argv.slice(2))
const { only, targets: wanted, cli, json, profile, effort, callEffort, startRounds } = options
const leftOut = findLeftOut(wanted, only)
const measured = wanted.filter(name => !leftOut.some(({ targets }) => targets.includes(name)))
const asks = (name: string): boolean => only.includes(name)
const directory = mkdtempSync(join(tmpdir(), 'patchbay-bench-'))
const log = (line: string): void => console.error(line)
const results: unknown[] = []

print(machine())
if (profile !== undefined) print(`The gateway is being profiled into ${profile}, so its numbers are void.\n`)
for (const each of leftOut) print(`Left out: ${each.targets.join(', ')}, since ${each.reason}.\n`)
try {
  for (const scenario of scenarios.filter(({ name }) => asks(name))) {
    const fitting = targets.filter(
      target =>
        takesPart(target) && target.sources.includes(scenario.source) && (target.only?.includes(scenario.name) ?? true),
    )
    const seen = await measure(scenario, fitting, { effort, directory, cli, profile, log })
    keep(summarize(scenario, fitting, seen), toMarkdown, { visits: seen.visits })
  }
  if (asks(openApiStdio.name)) {
    const fitting = stdioTargets(cli).filter(takesPart)
    const seen = await measureOpenApiStdio(fitting, { effort: callEffort, directory, log })
    keep(summarize(openApiStdio, fitting, seen), toMarkdown, { visits: seen.visits })
  }
  if (asks(start.name)) {
    const api = findGitHubApi()
    if (api === undefined) print('start: skipped, github.json is not in PATCHBAY_SPECS nor in ../shared/specs.\n')
    else await measureStartsOf(start, [...nodeStarters, ...starters(api)], startRounds.start)
  }
  if (asks(large.name)) {
    await measureStartsOf(large, starters(writeLargeApi(join(directory, 'large-document'))), startRounds.large)
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}
if (json) {
  console.log(JSON.stringify({ machine: machine(), effort, leftOut, results }, null, 2))
}

/** Every bridge that can be started with a document. */
function starters(api: StartApi): readonly Starter[] {
  return [
    ...firstStarters('patchbay', cli, api),
    ...gatewayStarters('patchbay', cli, api),
    ...firstStarters('patchbay-built', builtCli, api),
    ...gatewayStarters('patchbay-built', builtCli, api),
    ...stdioTargets(cli)
      .filter(({ role }) => role === 'peer')
      .map(peer => stdioStarter(peer, api)),
  ]
}

async function measureStartsOf(asked: StartQuestion, all: readonly Starter[], rounds: number): Promise<void> {
  const fitting = all.filter(({ target }) => measured.includes(target))
  keep(await measureStarts(fitting, asked, { rounds, directory, log }), startsToMarkdown)
}

function takesPart({ name, role }: Readonly<{ name: string; role: string }>): boolean {
  return measured.includes(role === 'null' ? 'null' : name)
}

function keep<T extends object>(summary: T, toText: (summary: T) => string, raw: object = {}): void {
  results.push({ ...summary, ...raw })
  print(toText(summary))
}

function print(text: string): void {
  if (!json) console.log(text)
}

function machine(): string {
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ')
  const model = cpus()[0]?.model ?? 'unknown CPU'
  return `Node ${process.version}, ${availableParallelism()} cores (${model}), load before ${load}\n`
}
