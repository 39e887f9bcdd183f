import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Effort } from './harness/rounds.ts'
import type { CallEffort } from './openapi-stdio.ts'
import { scenarios } from './scenarios.ts'

/** What a run measures, and for how long. */
export type Options = Readonly<{
  /** Names of scenarios. */
  only: readonly string[]
  /** Names of targets, as {@link targetNames} has them. */
  targets: readonly string[]
  /** The command line that `patchbay` is. */
  cli: string
  json: boolean
  /** A folder for CPU profiles of the gateway; what is measured meanwhile is too slow. */
  profile: string | undefined
  effort: Effort
  callEffort: CallEffort
  /** Rounds of the scenarios that measure starts. */
  startRounds: Readonly<{ start: number; large: number }>
}>

const scenarioNames = [...scenarios.map(({ name }) => name), 'openapi-stdio', 'start', 'large']

/** Every target of any scenario; each scenario takes those that fit it. Where starts are measured, `base` is `node -e 0`. */
const targetNames = [
  ...['base', 'null', 'direct', 'patchbay', 'patchbay-stdio', 'patchbay-built'],
  ...[
    'sdk-v1-proxy',
    'sdk-v2-proxy',
    'mcp-proxy',
    'supergateway',
    'openapi-mcp-server',
    'openapi-mcp-generator',
    'portkey',
  ],
]

/**
 * Reads the command line.
 *
 * @throws when it names a scenario or target that is not there
 */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      targets: { type: 'string' },
      cli: { type: 'string', default: 'src/cli.ts' },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  })
  return {
    only: chosen(values.only?.split(',') ?? scenarioNames, scenarioNames),
    targets: chosen(values.targets?.split(',') ?? targetNames.filter(name => name !== 'direct'), targetNames),
    cli: resolve(values.cli),
    json: values.json,
    profile: values.profile === undefined ? undefined : resolve(values.profile),
    ...(values.quick ? quick : thorough),
  }
}

const quick = {
  effort: { lives: 1, rounds: 3, firstWarmupMs: 1_000, warmupMs: 200, windowMs: 1_000 },
  callEffort: { lives: 1, rounds: 3, firstWarmupCalls: 1_000, warmupCalls: 100, calls: 1_000 },
  startRounds: { start: 3, large: 1 },
}

/** The first warm-up lasts until V8 has compiled what is hot: in its first ten seconds that is 9 to 16 % of our CPU. */
const thorough = {
  effort: { lives: 6, rounds: 2, firstWarmupMs: 10_000, warmupMs: 500, windowMs: 2_500 },
  callEffort: { lives: 6, rounds: 2, firstWarmupCalls: 5_000, warmupCalls: 500, calls: 5_000 },
  startRounds: { start: 9, large: 5 },
}

function chosen(wanted: readonly string[], known: readonly string[]): readonly string[] {
  const unknown = wanted.filter(name => !known.includes(name))
  if (unknown.length > 0) throw new Error(`There is no "${unknown.join('", "')}". Choose from: ${known.join(', ')}.`)
  return wanted
}
