import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClientScenario, Revision } from './pairs.ts'

/** What one run of the suite found. */
export type Outcome = Readonly<{
  /** Checks of all scenarios, extensions too. */
  passed: number
  failed: number
  warnings: number
  skipped: number
  /** Scenarios that failed, those of the frozen set first. */
  failedRequired: readonly string[]
  failedOthers: readonly string[]
  /** Checks that failed or gave a warning, for people who want to know why. */
  reasons: readonly string[]
}>

const cli = join(import.meta.dirname, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
const client = join(import.meta.dirname, 'client.ts')

/** Longer than a whole set takes on a busy machine. */
const timeoutMs = 300_000

/** Runs the frozen set of a revision against a server. `folder` takes the raw results. */
export async function runServerSet(url: string, revision: Revision, folder: string): Promise<Outcome> {
  const { output } = await runSuite(['server', '--url', url, '--requirements', revision, '-o', folder])
  const failed = [...output.matchAll(/^✗ (\S+): /gm)].map(([, name = '']) => name)
  // Below the summary, what was run without being scored: `✗ name (reason)`.
  const unscored = new Set([...output.matchAll(/^ +[✓✗] (\S+) \(/gm)].map(([, name = '']) => name))
  if (!/^Total: \d+ passed/m.test(output)) throw new Error(`The suite did not end: ${output.slice(-500)}`)
  return {
    ...readChecks(folder),
    failedRequired: failed.filter(name => !unscored.has(name)),
    failedOthers: failed.filter(name => unscored.has(name)),
  }
}

/** Runs one scenario with Patchbay as the client of the suite's server. */
export async function runClientScenario(scenario: ClientScenario, folder: string): Promise<Outcome> {
  const { name, revision, isScored } = scenario
  const command = `${process.execPath} ${client}`
  const args = ['client', '--command', command, '--scenario', name, '--spec-version', revision, '-o', folder]
  const { output, code } = await runSuite(args)
  const checks = readChecks(folder)
  const failed = code === 0 ? [] : [name]
  const reasons = code !== 0 && checks.reasons.length === 0 ? [`${name}: ${output.slice(-300)}`] : checks.reasons
  return { ...checks, reasons, failedRequired: isScored ? failed : [], failedOthers: isScored ? [] : failed }
}

type Check = Readonly<{ id: string; status: string; errorMessage?: string }>

function readChecks(folder: string): Omit<Outcome, 'failedRequired' | 'failedOthers'> {
  const found = readdirSync(folder).flatMap(name => {
    const checks = JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8')) as Check[]
    // The folder is named after the role, the scenario and the time.
    const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '')
    return checks.map(check => ({ ...check, scenario }))
  })
  const count = (status: string): number => found.filter(check => check.status === status).length
  return {
    passed: count('SUCCESS'),
    failed: count('FAILURE'),
    warnings: count('WARNING'),
    skipped: count('SKIPPED'),
    reasons: found
      .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      .map(({ scenario, id, status, errorMessage = '' }) => `${scenario}: ${status} ${id}: ${oneLine(errorMessage)}`),
  }
}

function runSuite(args: readonly string[]): Promise<{ output: string; code: number }> {
  const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 50_000_000 } as const
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') return reject(error)
      resolve({ output: `${stdout}${stderr}`, code: Number(error?.code ?? 0) })
    })
  })
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 300)
}
