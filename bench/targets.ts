import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peerScripts } from './harness/peers.ts'
import { nodeArgs } from './node-args.ts'
import { restDocument } from './servers/rest-document.ts'

/** What a target is put in front of. */
export type Setting = Readonly<{
  upstreamOrigin: string
  /** The target's own, empty at first: its configuration, its working directory, its log. */
  directory: string
  /** `openapi`: the upstream is a REST API, and the target makes tools of it. */
  source: 'mcp' | 'openapi'
  /** The gateway's command line, a `.ts` or a built `.js` file. */
  cli: string
}>

/**
 * Something that can be measured: the seam for peers. A row of {@link targets} is all that a new one needs.
 *
 * Whatever it is, it prints a line with `http://127.0.0.1:<port>` once it listens.
 */
export type Target = Readonly<{
  name: string
  /** `base` is what ratios are to; `null` is the base once more; `direct` is no process, but the upstream itself. */
  role: 'base' | 'null' | 'direct' | 'gateway' | 'peer'
  sources: readonly Setting['source'][]
  /** Arguments of `node`; may write files into the setting's directory first. */
  args: (setting: Setting) => readonly string[]
  readyPath?: string
  /** Where its MCP endpoint is. */
  path: string
  headers: Readonly<Record<string, string>>
  /** What the echo tool is called there. */
  toolName: string
  /** The scenarios it can take part in; all of its sources when absent. */
  only?: readonly string[]
}>

type Script =
  | ('upstream' | 'rest' | 'bareProxy' | 'bareBridge')
  | ('sdkProxy' | 'sdkV1Proxy' | 'stdioUpstream' | 'wrapper')

/** The paths of the servers in `servers/`. */
export const scripts: Readonly<Record<Script, string>> = {
  upstream: fileURLToPath(new URL('./servers/upstream.ts', import.meta.url)),
  rest: fileURLToPath(new URL('./servers/rest.ts', import.meta.url)),
  bareProxy: fileURLToPath(new URL('./servers/bare-proxy.ts', import.meta.url)),
  bareBridge: fileURLToPath(new URL('./servers/bare-bridge.ts', import.meta.url)),
  sdkProxy: fileURLToPath(new URL('./servers/sdk-proxy.ts', import.meta.url)),
  sdkV1Proxy: fileURLToPath(new URL('./servers/sdk-v1-proxy.ts', import.meta.url)),
  stdioUpstream: fileURLToPath(new URL('./servers/stdio-upstream.ts', import.meta.url)),
  wrapper: fileURLToPath(new URL('./servers/wrapper.ts', import.meta.url)),
}

/** The gateway is measured with authentication on, as it is meant to be run. */
const callerKey = 'bench-0123456789abcdef'

/** Everything that is measured over HTTP, in the order of the tables. What `base` is depends on the work. */
export const targets: readonly Target[] = [
  bare('base', 'base', 'mcp'),
  bare('base', 'base', 'openapi'),
  bare('null (base again)', 'null', 'mcp'),
  bare('null (base again)', 'null', 'openapi'),
  { ...bare('direct', 'direct', 'mcp'), sources: ['mcp', 'openapi'], args: () => [] },
  {
    name: 'patchbay',
    role: 'gateway',
    sources: ['mcp', 'openapi'],
    args: setting => [
      ...nodeArgs(setting.cli),
      'serve',
      '--config',
      writeConfig(setting),
      '--port',
      '0',
      '--host',
      '127.0.0.1',
    ],
    readyPath: '/readyz',
    path: '/mcp',
    headers: { authorization: `Bearer ${callerKey}` },
    toolName: 'bench__echo',
  },
  {
    name: 'sdk-v2-proxy',
    role: 'peer',
    sources: ['mcp'],
    args: ({ upstreamOrigin }) => [scripts.sdkProxy, `${upstreamOrigin}/mcp`],
    path: '/mcp',
    headers: {},
    toolName: 'echo',
  },
  {
    name: 'sdk-v1-proxy',
    role: 'peer',
    sources: ['mcp'],
    args: ({ upstreamOrigin }) => [scripts.sdkV1Proxy, `${upstreamOrigin}/mcp`],
    path: '/mcp',
    headers: {},
    toolName: 'echo',
    only: ['tools-call', 'latency-1'],
  },
  wrapped('mcp-proxy', peerScripts.mcpProxy, [
    ...['--host', '127.0.0.1', '--port', '{port}', '--server', 'stream', '--no-eventStore'],
    ...['--', process.execPath, scripts.stdioUpstream],
  ]),
  wrapped('supergateway', peerScripts.supergateway, [
    ...['--stdio', `${process.execPath} ${scripts.stdioUpstream}`, '--outputTransport', 'streamableHttp'],
    ...['--stateful', '--port', '{port}', '--logLevel', 'none'],
  ]),
]

/** A peer that wraps a program: the echo upstream over stdio, which counts for it no more than the others' does. */
function wrapped(name: string, script: string, args: readonly string[]): Target {
  return {
    name,
    role: 'peer',
    sources: ['mcp'],
    args: () => [scripts.wrapper, script, ...args],
    path: '/mcp',
    headers: {},
    toolName: 'echo',
    only: ['tools-call', 'latency-1'],
  }
}

/** A proxy in front of an MCP server, a bridge in front of a REST API: both take the messages that the gateway takes. */
function bare(name: string, role: Target['role'], source: Setting['source']): Target {
  const script = source === 'mcp' ? scripts.bareProxy : scripts.bareBridge
  return {
    name,
    role,
    sources: [source],
    args: ({ upstreamOrigin }) => [script, upstreamOrigin],
    path: '/mcp',
    headers: {},
    toolName: 'echo',
  }
}

function writeConfig({ source, upstreamOrigin, directory }: Setting): string {
  const document = join(directory, 'echo.json')
  writeFileSync(document, JSON.stringify(restDocument))
  const bench = source === 'mcp' ? { url: `${upstreamOrigin}/mcp` } : { openapi: document, baseUrl: upstreamOrigin }
  const config = join(directory, 'servers.json')
  writeFileSync(config, JSON.stringify({ mcpServers: { bench }, keys: { bench: { key: callerKey } } }))
  return config
}
