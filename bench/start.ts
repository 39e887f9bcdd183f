import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startNode, startOverHttp, startOverStdio } from './harness/first-list.ts'
import type { Starter, StartQuestion } from './harness/starts.ts'
import { nodeArgs } from './node-args.ts'
import type { Api, StdioTarget } from './stdio-targets.ts'
import { stdioTargets, writeApiConfig } from './stdio-targets.ts'

/** What a start is about; the rest of `Api` is the same for all. */
export type StartApi = Omit<Api, 'directory'>

/** What `start` asks. */
export const start: StartQuestion = {
  name: 'start',
  about: "Spawn to the last byte of the first tools/list, GitHub's document as the only source",
  goals: [
    { of: 'wallMs', atMost: 450, text: 'at most 450 ms from spawn to the list, aim 350' },
    { of: 'rssMb', atMost: 150, text: 'at most 150 MB resident at its last byte' },
  ],
}

/** GitHub's API: `github.json` in `PATCHBAY_SPECS` or `../shared/specs` beside the repository. Undefined without it. */
export function findGitHubApi(): StartApi | undefined {
  const folder = process.env.PATCHBAY_SPECS ?? resolve(import.meta.dirname, '../../shared/specs')
  const document = resolve(folder, 'github.json')
  return existsSync(document) ? { document, baseUrl: 'https://api.github.com' } : undefined
}

/** Node's own start, and the same again: what differs is noise. */
export const nodeStarters: readonly Starter[] = [
  { name: 'node -e 0', target: 'base', role: 'base', prepare: async () => startNode },
  { name: 'null (again)', target: 'null', role: 'null', prepare: async () => startNode },
]

/** The gateway twice: `serve`, listed over HTTP, and `stdio`. */
export function gatewayStarters(name: string, cli: string, api: StartApi): readonly Starter[] {
  const bridges = stdioTargets(cli).filter(({ role }) => role === 'gateway')
  return [
    overHttp(name, cli, api),
    ...bridges.map(target => ({ ...stdioStarter(target, api), name: `${name} stdio`, target: name })),
  ]
}

/** The same, with nothing kept of earlier starts: what the first start on a machine costs, or one with a new document. */
export function firstStarters(name: string, cli: string, api: StartApi): readonly Starter[] {
  return gatewayStarters(name, cli, api).map(starter => ({
    ...starter,
    name: `${starter.name}, nothing cached`,
    async prepare(directory) {
      const start = await starter.prepare(directory)
      return () => {
        rmSync(cacheIn(directory), { recursive: true, force: true })
        return start()
      }
    },
  }))
}

/** A bridge over stdio. */
export function stdioStarter(target: StdioTarget, api: StartApi): Starter {
  const { name, role } = target
  return {
    name,
    target: name,
    role,
    async prepare(directory) {
      const args = await target.prepare({ ...api, directory })
      return () => startOverStdio({ name, directory: join(directory, 'run'), args, env: envIn(directory) })
    },
  }
}

function overHttp(name: string, cli: string, api: StartApi): Starter {
  return {
    name: `${name} serve`,
    target: name,
    role: 'gateway',
    async prepare(directory) {
      const config = writeApiConfig({ ...api, directory })
      const where = ['--config', config, '--port', '0', '--host', '127.0.0.1']
      const args = [...nodeArgs(cli), 'serve', ...where, '--log-level', 'warn']
      return () => startOverHttp({ name, directory, args, env: envIn(directory) })
    },
  }
}

/** Each has a cache of its own, and nobody the user's. */
function envIn(directory: string): Readonly<Record<string, string>> {
  return { XDG_CACHE_HOME: cacheIn(directory) }
}

function cacheIn(directory: string): string {
  return join(directory, 'cache')
}
