import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Limits } from '../../../src/core/limits.ts'
import { defaultLimits } from '../../../src/core/limits.ts'
import type { RemoteConfig, StdioConfig } from '../../../src/core/source-config.ts'
import type { CallToolResult } from '../../../src/core/tool.ts'
import type { ServerFeatures, ToolSource } from '../../../src/core/tool-source.ts'
import type { McpSourceOptions } from '../../../src/sources/mcp/mcp-source.ts'
import { mcpSource } from '../../../src/sources/mcp/mcp-source.ts'

/** A source under test, with what it logged. */
export type TestedSource = ToolSource & Readonly<{ logged: string[]; stderr: string[] }>

/** Short pauses and deadlines, so that a failure shows at once. */
const quickLimits: Limits = { ...defaultLimits, retryMinMs: 20, retryMaxMs: 200, probeTimeoutMs: 1_000 }

const script = fileURLToPath(new URL('../../fakes/stdio-server.ts', import.meta.url))

/** The entry of our fake stdio server in one of its modes. */
export function stdioConfig(mode: string, more: Partial<StdioConfig> = {}): StdioConfig {
  const common = { id: 'fake', kind: 'stdio', command: process.execPath, env: {}, protocol: 'legacy' } as const
  return { ...common, args: [script, mode], cwd: process.cwd(), ...more }
}

/** The entry of a server at a URL. */
export function remoteConfig(url: string, more: Partial<RemoteConfig> = {}): RemoteConfig {
  return { id: 'fake', kind: 'remote', url, transport: 'auto', headers: {}, protocol: 'auto', ...more }
}

/** What a source is made with, and what it logs by then: at debug level, and above. */
export function optionsFor(
  limits: Partial<Limits> = {},
  more: Partial<McpSourceOptions> = {},
): { options: McpSourceOptions; logged: { debug: string[]; above: string[] } } {
  const logged = { debug: [] as string[], above: [] as string[] }
  const options: McpSourceOptions = {
    limits: { ...quickLimits, ...limits },
    clientInfo: { name: 'patchbay', version: '0' },
    log: (level, message) => void (level === 'debug' ? logged.debug : logged.above).push(message),
    ...more,
  }
  return { options, logged }
}

/** Makes the source, and closes it when the test ends. */
export function open(
  config: StdioConfig | RemoteConfig,
  limits: Partial<Limits> = {},
  more: Partial<McpSourceOptions> = {},
): TestedSource {
  const { options, logged } = optionsFor(limits, more)
  const source = mcpSource(config, options)
  onTestFinished(() => source.close())
  return Object.assign(source, { logged: logged.above, stderr: logged.debug })
}

/** A signal that never fires. */
export const never: AbortSignal = new AbortController().signal

/** Lists the names of a source's tools. */
export async function listNames(source: ToolSource): Promise<string[]> {
  return (await source.list({ signal: never })).map(({ tool }) => tool.name)
}

/** Calls a tool and returns the text of its first block. */
export async function callText(source: ToolSource, key: string, args = {}): Promise<unknown> {
  return textOf(await source.call(key, args, { signal: never }))
}

/** The text of a result's first block. */
export function textOf(result: CallToolResult): unknown {
  return result.content[0]?.text
}

/** Resolves when the source says that it changed or came back. */
export function nextChange(source: ToolSource): Promise<void> {
  return new Promise(resolve => {
    const unfollow = source.onChange(() => {
      unfollow()
      resolve()
    })
  })
}

/** Resolves once `check` holds; looks again every few milliseconds. The test's own timeout is the limit. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise(resolve => setTimeout(resolve, 5))
}

/** True while a process of that id runs; one that ended and that nobody has collected yet is gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** The path of our fake server with prompts, resources, logging and questions. */
export const featureScript: string = fileURLToPath(new URL('../../fakes/stdio-features.ts', import.meta.url))

/** The entry of our fake server with prompts, resources, logging and questions, of one era. */
export function featureConfig(era: 'old' | 'modern', fault = 'none', more: Partial<StdioConfig> = {}): StdioConfig {
  const protocol = era === 'old' ? 'legacy' : 'modern'
  return stdioConfig('', { args: [featureScript, era, fault], protocol, ...more })
}

/** A source's features, which every MCP server has. */
export function featuresOf(source: ToolSource): ServerFeatures {
  if (source.features === undefined) throw new Error('It has no features.')
  return source.features
}

/** The messages that our fake server has received so far, of one method where it is given. */
export async function receivedBy(
  source: ToolSource,
  method?: string,
): Promise<{ method?: string; params?: JsonObject }[]> {
  const { structuredContent } = await source.call('received', {}, { signal: never })
  const { received } = structuredContent as { received: { method?: string; params?: JsonObject }[] }
  return method === undefined ? received : received.filter(message => message.method === method)
}
