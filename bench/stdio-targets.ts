import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateServer, peerScripts } from './harness/peers.ts'
import { nodeArgs } from './node-args.ts'

/** The one API that a bridge is started with. */
export type Api = Readonly<{
  /** A path. */
  document: string
  baseUrl: string
  /** A target's own: configuration, generated code, logs. */
  directory: string
  /** Limits of the gateway that the document needs. */
  limits?: Readonly<Record<string, number>>
}>

/** A bridge from OpenAPI that speaks MCP over stdio. A row of {@link stdioTargets} is all that a new one needs. */
export type StdioTarget = Readonly<{
  name: string
  role: 'base' | 'null' | 'gateway' | 'peer'
  /** Writes what the target needs, which is not measured; gives the arguments of `node`. */
  prepare: (api: Api) => Promise<readonly string[]>
  /** How the echo operation is called there. */
  toolName: string
  toArguments: (call: EchoCall) => object
}>

type EchoCall = Readonly<{ id: number; lang: string; text: string; times: number }>

const bridge = fileURLToPath(new URL('./servers/bare-stdio-bridge.ts', import.meta.url))

/**
 * Everything that is measured over stdio, in the order of the tables.
 *
 * @param cli - the gateway's command line, a `.ts` or a built `.js` file
 */
export function stdioTargets(cli: string): readonly StdioTarget[] {
  return [
    bare('base', 'base'),
    bare('null (base again)', 'null'),
    {
      name: 'patchbay',
      role: 'gateway',
      prepare: async api => [...nodeArgs(cli), 'stdio', '--config', writeApiConfig(api)],
      toolName: 'bench__echo',
      toArguments: call => call,
    },
    {
      name: 'openapi-mcp-server',
      role: 'peer',
      prepare: async ({ document, baseUrl }) => [
        peerScripts.server,
        '--openapi-spec',
        document,
        '--api-base-url',
        baseUrl,
        '--verbose',
        'false',
      ],
      toolName: 'echo',
      toArguments: call => call,
    },
    {
      name: 'openapi-mcp-generator',
      role: 'peer',
      prepare: async ({ document, baseUrl, directory }) => [
        await generateServer(document, baseUrl, join(directory, 'generated')),
      ],
      toolName: 'echo',
      toArguments: ({ id, lang, ...requestBody }) => ({ id, lang, requestBody }),
    },
  ]
}

/** Writes the gateway's configuration with the API as its only source. */
export function writeApiConfig({ document, baseUrl, directory, limits }: Api): string {
  mkdirSync(directory, { recursive: true })
  const config = join(directory, 'servers.json')
  const mcpServers = { bench: { openapi: document, baseUrl } }
  writeFileSync(config, JSON.stringify({ mcpServers, ...(limits && { limits }) }))
  return config
}

function bare(name: string, role: StdioTarget['role']): StdioTarget {
  return {
    name,
    role,
    prepare: async ({ baseUrl }) => [bridge, baseUrl],
    toolName: 'echo',
    toArguments: call => call,
  }
}
