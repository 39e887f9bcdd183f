import module from 'node:module'
import { count } from '../core/count.ts'
import { closeOnSignals } from './close-on-signals.ts'
import type { CommonOptions } from './options.ts'

/** `patchbay serve`: runs until it is told to stop, and prints where everything is. */
export async function serveCommand({
  config: file,
  logLevel,
  port,
  host,
}: CommonOptions & { port?: number; host?: string }): Promise<void> {
  const { startPatchbay } = await import('../main.ts')
  const patchbay = await startPatchbay({ config: file, logLevel })
  closeOnSignals(patchbay)
  try {
    const url = await patchbay.listen({ ...(port !== undefined && { port }), ...(host !== undefined && { host }) })
    process.stdout.write(
      greeting(
        url,
        patchbay.config().models.map(model => model.name),
      ),
    )
    void patchbay.gateway.settled().then(() => {
      // Node would do so when it ends, which a process that is killed never does.
      module.flushCompileCache()
      const lines = patchbay.gateway
        .health()
        .map(
          ({ id, state, tools, lastFailure }) =>
            `  ${id}: ${state}, ${count(tools, 'tool')}${state === 'ready' ? '' : `. ${lastFailure?.message ?? ''}`}\n`,
        )
      process.stdout.write(`Sources\n${lines.join('')}`)
    })
  } catch (error) {
    await patchbay.close()
    throw error
  }
}

function greeting(url: string, models: readonly string[]): string {
  const snippet = JSON.stringify({ mcpServers: { patchbay: { url: `${url}/mcp` } } }, undefined, 2)
  return `Patchbay is listening.
  MCP          ${url}/mcp
  REST         ${url}/mcp-rest/tools/list
  Completions  ${url}/v1/chat/completions${models.length > 0 ? ` (models: ${models.join(', ')})` : ' (no models configured)'}
  Health       ${url}/readyz

Paste into ~/.cursor/mcp.json, or the mcpServers block of another client:
${snippet}

`
}
