import { execFile } from 'node:child_process'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { findDocuments } from './find-documents.ts'
import type { Measurement } from './measure-document.ts'
import type { Result } from './report.ts'
import { hasFailed, toTable } from './report.ts'

// node corpus/run.ts [--json] [--allow-refused] [--jobs 2] FOLDER_OR_FILE...
// Every OpenAPI document is served by a gateway of its own, in a process of its own, and what it lists is checked. The
// exit code is 1 when a document crashes it, breaks a rule, or is refused.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    'allow-refused': { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
  },
})

/** Longer than any honest document takes; what hangs is a crash. */
const timeoutMs = 240_000

const documents = findDocuments(positionals.length === 0 ? ['specs'] : positionals)
const results = await measureAll(documents, Math.max(1, Number(values.jobs) || 1))
if (values.json) console.log(JSON.stringify(results, null, 2))
else console.log(toTable(results))
if (documents.length === 0) console.error('There is no OpenAPI document.')
const allowRefused = values['allow-refused']
if (documents.length === 0 || results.some(result => hasFailed(result, allowRefused))) process.exitCode = 1

/** In the order given, however they finish. */
async function measureAll(paths: readonly string[], jobs: number): Promise<readonly Result[]> {
  const found: Result[] = []
  const open = [...paths.entries()]
  const work = async (): Promise<void> => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const [index, path] = next
      found[index] = await measureOne(path)
      if (process.stderr.isTTY) process.stderr.write(`\r${documents.length - open.length}/${documents.length}`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  if (process.stderr.isTTY) process.stderr.write('\r')
  return found
}

function measureOne(path: string): Promise<Result> {
  const script = join(import.meta.dirname, 'measure-document.ts')
  const document = relative('.', path)
  return new Promise(resolve => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 10_000_000 } as const
    execFile(process.execPath, [script, path], options, (error, stdout, stderr) => {
      if (error === null) return resolve({ document, measured: JSON.parse(stdout) as Measurement })
      const lines = stderr.trim().split('\n')
      const said = lines.find(line => /^\w*Error\b/.test(line)) ?? lines.at(-1)
      const why = error.killed ? `no end after ${timeoutMs} ms` : (said ?? error.message)
      resolve({ document, crashed: `${why} (${error.code ?? error.signal})`.slice(0, 300) })
    })
  })
}
