import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { missingPeers } from './harness/peers.ts'

const root = resolve(import.meta.dirname, '..')

/** The command line of the package as it is published, where `npm run build` has put it. */
export const builtCli: string = join(root, 'dist/cli.js')

/** Targets that were asked for and cannot be measured here, and what to do about it. */
export type LeftOut = Readonly<{ targets: readonly string[]; reason: string }>

/** What may not be there, and the scenarios that would miss it. */
const optional = [
  { names: ['patchbay-built'], users: ['start', 'large'], findReason: findBuildReason },
  {
    names: ['openapi-mcp-server', 'openapi-mcp-generator'],
    users: ['openapi-stdio', 'start', 'large'],
    findReason: missingPeers,
  },
  {
    names: ['mcp-proxy', 'supergateway'],
    users: ['tools-call', 'tools-call-modern', 'latency-1', 'tools-list'],
    findReason: missingPeers,
  },
  { names: ['portkey'], users: ['chat', 'chat-stream'], findReason: missingPeers },
]

/** Finds the targets that the scenarios would measure, were they there. */
export function findLeftOut(wanted: readonly string[], scenarios: readonly string[]): readonly LeftOut[] {
  return optional.flatMap(({ names, users, findReason }) => {
    const targets = names.filter(name => wanted.includes(name))
    if (targets.length === 0 || !users.some(name => scenarios.includes(name))) return []
    const reason = findReason()
    return reason === undefined ? [] : [{ targets, reason }]
  })
}

/** An old build must not pass for the code that is here. */
function findBuildReason(): string | undefined {
  if (!existsSync(builtCli)) return 'there is no dist/cli.js; `npm run build` makes it'
  const built = statSync(builtCli).mtimeMs
  const source = join(root, 'src')
  const newer = readdirSync(source, { recursive: true, encoding: 'utf8' }).find(
    file => file.endsWith('.ts') && statSync(join(source, file)).mtimeMs > built,
  )
  return newer === undefined ? undefined : `dist/cli.js is older than src/${newer}; \`npm run build\` makes it anew`
}
