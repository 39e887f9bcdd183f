import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { KnownFailures } from './known-failures.ts'
import type { ClientScenario, Pair } from './pairs.ts'
import { clientScenarios, pairs } from './pairs.ts'
import type { Row } from './report.ts'
import { hasFailed, toReasons, toTable } from './report.ts'
import { servePair } from './serve-pair.ts'
import { runClientScenario, runServerSet } from './suite.ts'

// node conformance/run.ts [--requirements 2025-11-25|2026-07-28] [--only TEXT] [--why]
// The MCP project's conformance suite through Patchbay, in pairs of eras; README.md says how. `--only` takes the pairs and
// scenarios whose name holds the text, `--why` prints each failed check. The exit code is 1 when one fails that is not known to.

const { values } = parseArgs({
  options: {
    requirements: { type: 'string' },
    only: { type: 'string', default: '' },
    why: { type: 'boolean', default: false },
  },
})

const isWanted = ({ name, revision }: Pair | ClientScenario): boolean =>
  (values.requirements ?? revision) === revision && name.includes(values.only)

const folder = mkdtempSync(join(tmpdir(), 'patchbay-conformance-'))
try {
  const rows: Row[] = []
  for (const pair of pairs.filter(isWanted)) rows.push(await runPair(pair))
  for (const scenario of clientScenarios.filter(isWanted)) rows.push(await runClient(scenario))
  if (rows.length === 0) throw new Error('Nothing is named so.')
  console.log(toTable(rows))
  if (values.why) console.log(rows.flatMap(toReasons).join('\n'))
  if (rows.some(hasFailed)) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function runPair(pair: Pair): Promise<Row> {
  const { name, revision: set, known } = pair
  return toRow(name, set, known, async directory => {
    const served = await servePair(pair, directory)
    try {
      return await runServerSet(served.url, pair.revision, join(directory, 'results'))
    } finally {
      await served.stop()
    }
  })
}

function runClient(scenario: ClientScenario): Promise<Row> {
  const { name, revision } = scenario
  return toRow(`as client: ${name}`, revision, {}, directory => runClientScenario(scenario, join(directory, 'results')))
}

async function toRow(
  name: string,
  set: string,
  known: KnownFailures,
  run: (directory: string) => Promise<Extract<Row, { outcome: unknown }>['outcome']>,
): Promise<Row> {
  const directory = mkdtempSync(join(folder, 'run-'))
  mkdirSync(join(directory, 'results'))
  try {
    return { name, set, known, outcome: await run(directory) }
  } catch (error) {
    return { name, set, known, broken: (error as Error).message.slice(0, 500) }
  }
}
