import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import type { JsonObject } from '../src/core/json.ts'
import { isObject } from '../src/core/json.ts'
import { startPatchbay } from '../src/main.ts'
import type { ListedTool } from './check-tools.ts'

/** What a running gateway says of one document. */
export type ServedDocument = Readonly<{
  /** From nothing until the catalog is there. */
  listMs: number
  peakRssMb: number
  /** What tools/list gives over /mcp, all pages. */
  tools: readonly ListedTool[]
  /** What the preview gives for the same document. */
  preview: Preview
}>

/** The preview's answer, or why there is none. */
export type Preview = Readonly<
  | { ok: true; tools: readonly JsonObject[]; skipped: readonly Skipped[]; warnings: readonly unknown[] }
  | { ok: false; code: string; message: string }
>

/** An operation that became no tool. */
export type Skipped = Readonly<{ code: string; pointer: string; reason: string }>

const waitMs = 120_000

/** Starts a gateway with one document, on a port of its own, and asks it over HTTP what it has. */
export async function serveDocument(path: string): Promise<ServedDocument> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-corpus-'))
  try {
    // A preview of a file is only allowed below the folder of the configuration.
    const openapi = `document${extname(path)}`
    await copyFile(path, join(folder, openapi))
    const config = join(folder, 'servers.json')
    // On a busy machine the first list may be asked for before the document is read.
    const limits = { firstListWaitMs: waitMs, previewTimeoutMs: waitMs, documentTimeoutMs: waitMs }
    await writeFile(config, JSON.stringify({ mcpServers: { doc: { openapi } }, limits }))
    const started = performance.now()
    const patchbay = await startPatchbay({ config, logLevel: 'silent', watch: false })
    try {
      const url = await patchbay.listen({ port: 0 })
      await patchbay.gateway.settled()
      const listMs = performance.now() - started
      const tools = await listTools(url)
      const peakRssMb = process.resourceUsage().maxRSS / 1_024
      return { listMs, peakRssMb, tools, preview: await askPreview(url, { server_id: 'doc', openapi }) }
    } finally {
      await patchbay.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function listTools(url: string): Promise<readonly ListedTool[]> {
  const tools: ListedTool[] = []
  for (let params = {}; ; ) {
    const body = await post(`${url}/mcp`, { jsonrpc: '2.0', id: 1, method: 'tools/list', params })
    const { tools: page, nextCursor: cursor } = body.result as { tools: ListedTool[]; nextCursor?: string }
    tools.push(...page)
    if (cursor === undefined) return tools
    params = { cursor }
  }
}

async function askPreview(url: string, candidate: object): Promise<Preview> {
  const answer = await post(`${url}/mcp-rest/test/tools/list`, candidate)
  if (!isObject(answer.error)) {
    const { tools, skipped, warnings } = answer as { tools: JsonObject[]; skipped: Skipped[]; warnings: string[] }
    return { ok: true, tools: tools.map(withoutExtras), skipped, warnings }
  }
  const { code, message, data } = answer.error
  const reason = isObject(data) && typeof data.code === 'string' ? data.code : String(code)
  return { ok: false, code: reason, message: String(message) }
}

/** The REST face says more of a tool than MCP does. */
function withoutExtras({ mcp_info: _, renamed: __, original_name: ___, ...tool }: JsonObject): JsonObject {
  return tool
}

async function post(url: string, body: object): Promise<JsonObject> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await response.json()) as JsonObject
}
