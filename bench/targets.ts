import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peerScripts } from './harness/peers.ts'
import { nodeArgs } from './node-args.ts'
import { restDocument } from './servers/rest-document.ts'

/** What a target is put in front of. */
export type Setting = Readonly<{
  upstreamOrigin: string
  /** What the upstream was started with: for targets that run one of their own. */
  upstreamArgs: readonly string[]
  /** The target's own, empty at first: its configuration, its working directory, its log. */
  directory: string
  /** `openapi`: the upstream is a REST API, and the target makes tools of it; `llm`: it is a model's, and an MCP server beside. */
  source: 'mcp' | 'openapi' | 'llm'
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
  /**
   * `base` is what ratios are to; `null` is the base once more; `direct` is no process, but the upstream itself; `variant`
   * is the gateway in another setting, for comparison with a peer: no goal is held against it.
   */
  role: 'base' | 'null' | 'direct' | 'gateway' | 'variant' | 'peer'
  sources: readonly Setting['source'][]
  /** Arguments of `node`; may write files into the setting's directory first. */
  args: (setting: Setting) => readonly string[]
  readyPath?: string
  /** Where its metrics are; they are asked for before it is measured, so that what they watch is watched. */
  metricsPath?: string
  /** Where its MCP endpoint is. */
  path: string
  /** `{upstream}` in a value stands for where the upstream is. */
  headers: Readonly<Record<string, string>>
  /** What the echo tool is called there. */
  toolName: string
  /** The scenarios it can take part in; all of its sources when absent. */
  only?: readonly string[]
}>

type Script =
  | ('upstream' | 'rest' | 'chatUpstream' | 'bareProxy' | 'bareBridge' | 'bareChatProxy')
  | ('sdkProxy' | 'sdkV1Proxy' | 'stdioUpstream' | 'wrapper')

/** The paths of the servers in `servers/`. */
export const scripts: Readonly<Record<Script, string>> = {
  upstream: fileURLToPath(new URL('./servers/upstream.ts', import.meta.url)),
  rest: fileURLToPath(new URL('./servers/rest.ts', import.meta.url)),
  chatUpstream: fileURLToPath(new URL('./servers/chat-upstream.ts', import.meta.url)),
  bareProxy: fileURLToPath(new URL('./servers/bare-proxy.ts', import.meta.url)),
  bareBridge: fileURLToPath(new URL('./servers/bare-bridge.ts', import.meta.url)),
  bareChatProxy: fileURLToPath(new URL('./servers/bare-chat-proxy.ts', import.meta.url)),
  sdkProxy: fileURLToPath(new URL('./servers/sdk-proxy.ts', import.meta.url)),
  sdkV1Proxy: fileURLToPath(new URL('./servers/sdk-v1-proxy.ts', import.meta.url)),
  stdioUpstream: fileURLToPath(new URL('./servers/stdio-upstream.ts', import.meta.url)),
  wrapper: fileURLToPath(new URL('./servers/wrapper.ts', import.meta.url)),
}

/** The gateway is measured with authentication and metrics on, as it is meant to be run. */
const chatPath = '/v1/chat/completions'
const callerKey = 'bench-0123456789abcdef'

/** What every peer can take part in: calls and lists of an old session, not so large that the slowest gets too few done. */
const legacyScenarios = ['tools-call', 'latency-1', 'tools-list']

/** Everything that is measured over HTTP, in the order of the tables. What `base` is depends on the work. */
export const targets: readonly Target[] = [
  bare('base', 'base', 'mcp'),
  bare('base', 'base', 'openapi'),
  bare('base', 'base', 'llm'),
  bare('null (base again)', 'null', 'mcp'),
  bare('null (base again)', 'null', 'openapi'),
  bare('null (base again)', 'null', 'llm'),
  { ...bare('direct', 'direct', 'mcp'), sources: ['mcp', 'openapi'], args: () => [] },
  gateway('patchbay', 'gateway', writeConfig),
  {
    ...gateway('patchbay', 'gateway', writeLlmConfig),
    sources: ['llm'],
    path: chatPath,
  },
  {
    ...gateway('patchbay-stdio', 'variant', writeStdioConfig),
    sources: ['mcp'],
    only: [...legacyScenarios, 'tools-call-modern'],
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
    only: legacyScenarios,
  },
  wrapped('mcp-proxy', peerScripts.mcpProxy, [...legacyScenarios, 'tools-call-modern'], upstreamArgs => [
    ...['--host', '127.0.0.1', '--port', '{port}', '--server', 'stream', '--no-eventStore'],
    ...['--upstreamProtocol', upstreamArgs.includes('--modern') ? 'modern' : 'legacy'],
    ...['--', process.execPath, scripts.stdioUpstream, ...upstreamArgs],
  ]),
  wrapped('supergateway', peerScripts.supergateway, legacyScenarios, upstreamArgs => [
    ...['--stdio', [process.execPath, scripts.stdioUpstream, ...upstreamArgs].join(' ')],
    ...['--outputTransport', 'streamableHttp', '--stateful', '--port', '{port}', '--logLevel', 'none'],
  ]),
  portkey(),
]

/** Portkey's gateway, told by headers where the provider is, as its README says for one's own host. */
function portkey(): Target {
  return {
    name: 'portkey',
    role: 'peer',
    sources: ['llm'],
    args: () => [scripts.wrapper, peerScripts.portkey, '--port={port}', '--headless'],
    path: chatPath,
    headers: {
      authorization: 'Bearer sk-bench',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': '{upstream}/v1',
    },
    toolName: '',
    only: ['chat', 'chat-stream'],
  }
}

/** Patchbay as it is served, with the configuration that `write` gives it. */
function gateway(name: string, role: Target['role'], write: (setting: Setting) => string): Target {
  return {
    name,
    role,
    sources: ['mcp', 'openapi'],
    args: setting => [
      ...nodeArgs(setting.cli),
      ...['serve', '--config', write(setting), '--port', '0', '--host', '127.0.0.1'],
    ],
    readyPath: '/readyz',
    metricsPath: '/metrics',
    path: '/mcp',
    headers: { authorization: `Bearer ${callerKey}` },
    toolName: 'bench__echo',
  }
}

/** A peer that wraps a program: the echo upstream over stdio, which counts for it no more than the others' does. */
function wrapped(
  name: string,
  script: string,
  only: readonly string[],
  toArgs: (upstreamArgs: readonly string[]) => readonly string[],
): Target {
  return {
    name,
    role: 'peer',
    sources: ['mcp'],
    args: ({ upstreamArgs }) => [scripts.wrapper, script, ...toArgs(upstreamArgs)],
    path: '/mcp',
    headers: {},
    toolName: 'echo',
    only,
  }
}

/** A proxy in front of an MCP server, a bridge in front of a REST API: both take the messages that the gateway takes. */
function bare(name: string, role: Target['role'], source: Setting['source']): Target {
  return {
    name,
    role,
    sources: [source],
    args: ({ upstreamOrigin }) => [bareScripts[source], upstreamOrigin],
    path: source === 'llm' ? chatPath : '/mcp',
    headers: {},
    toolName: 'echo',
  }
}

const bareScripts: Readonly<Record<Setting['source'], string>> = {
  mcp: scripts.bareProxy,
  openapi: scripts.bareBridge,
  llm: scripts.bareChatProxy,
}

function writeConfig({ source, upstreamOrigin, directory }: Setting): string {
  const document = join(directory, 'echo.json')
  writeFileSync(document, JSON.stringify(restDocument))
  const bench = source === 'mcp' ? { url: `${upstreamOrigin}/mcp` } : { openapi: document, baseUrl: upstreamOrigin }
  return writeServers(directory, bench)
}

function writeStdioConfig({ upstreamArgs, directory }: Setting): string {
  return writeServers(directory, { command: process.execPath, args: [scripts.stdioUpstream, ...upstreamArgs] })
}

function writeLlmConfig({ upstreamOrigin, directory }: Setting): string {
  const model = { provider: 'openai', model: 'bench-model', baseUrl: `${upstreamOrigin}/v1`, apiKey: 'sk-bench' }
  return writeServers(directory, { url: `${upstreamOrigin}/mcp` }, { models: { bench: model } })
}

function writeServers(directory: string, bench: object, others: object = {}): string {
  const config = join(directory, 'servers.json')
  writeFileSync(config, JSON.stringify({ mcpServers: { bench }, keys: { bench: { key: callerKey } }, ...others }))
  return config
}
