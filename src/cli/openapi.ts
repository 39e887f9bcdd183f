import { basename, join } from 'node:path'
import { loadConfig, parseConfig } from '../config/load-config.ts'
import type { CatalogEntry } from '../core/catalog.ts'
import { buildCatalog } from '../core/catalog.ts'
import { count } from '../core/count.ts'
import { GatewayError } from '../core/errors.ts'
import { defaultLimits } from '../core/limits.ts'
import type { OpenApiConfig } from '../core/source-config.ts'
import type { ToolCosts } from '../core/tool-cost.ts'
import { addUpCosts, tokensOf } from '../core/tool-cost.ts'
import { egressOf } from '../sources/openapi/egress/rules.ts'
import type { DocumentPreview } from '../sources/openapi/read-document.ts'
import { previewDocument } from '../sources/openapi/read-source.ts'
import type { CommonOptions } from './options.ts'
import { toTable } from './table.ts'

type OpenApiOptions = CommonOptions & Readonly<{ json?: boolean; lint?: boolean; name?: string; baseUrl?: string }>

/**
 * `patchbay openapi <document>`: what a document would give, under the names at which it would be served, before it is
 * saved anywhere; exit code 1 when it cannot be read.
 */
export async function openApiCommand(document: string, options: OpenApiOptions): Promise<void> {
  const { config, limits } = await findEntry(document, options)
  const preview = await previewDocument(config, { limits, egress: egressOf(config), lint: options.lint === true })
  // Its tables take time to load, and few commands need them.
  const { countTokens } = await import('./count-tokens.ts')
  const { entries } = buildCatalog([{ id: config.id, tools: preview.tools }], {})
  const totals = await addUpCosts(
    entries.map(({ name, tool }) => ({ ...tool, name })),
    countTokens,
    async () => {},
  )
  const { tools: _, ...about } = preview
  const text =
    options.json === true
      ? `${JSON.stringify({ tools: entries.map(toListed), ...about, totals }, undefined, 2)}\n`
      : explain(entries, preview, totals, countTokens)
  process.stdout.write(text)
}

/** An entry of the configuration by its id, or else a path or URL. */
async function findEntry(
  document: string,
  { config: file, name, baseUrl }: OpenApiOptions,
): Promise<{ config: OpenApiConfig; limits: typeof defaultLimits }> {
  const looksLikeId = /^[\w-]+$/.test(document)
  const configured = looksLikeId ? await loadConfig(file) : undefined
  const entry = configured?.sources.find(source => source.id === document)
  if (configured !== undefined && entry?.kind === 'openapi') return { config: entry, limits: configured.limits }
  if (entry !== undefined)
    throw new GatewayError(
      'REQUEST_INVALID',
      `"${document}" is an MCP server, not a document. Its tools are shown by: patchbay tools`,
    )
  const id = name ?? basename(document.replace(/[?#].*$/, '')).replace(/\.(json|ya?ml)$/i, '')
  const given = { mcpServers: { [id || 'api']: { openapi: document, ...(baseUrl !== undefined && { baseUrl }) } } }
  const parsed = await parseConfig(JSON.stringify(given), join(process.cwd(), 'the command line'))
  const [source] = parsed.sources
  if (source?.kind === 'openapi') return { config: source, limits: defaultLimits }
  throw new GatewayError('REQUEST_INVALID', `"${document}" is no OpenAPI document.`)
}

function toListed({ name, key, tool, renamed }: CatalogEntry): object {
  return { ...tool, name, key, ...(renamed !== undefined && { renamed, original_name: tool.name }) }
}

function explain(
  entries: readonly CatalogEntry[],
  { title, skipped, warnings, servers, securitySchemes }: DocumentPreview,
  { tools, bytes, estimatedTokens }: ToolCosts,
  countTokens: (text: string) => number,
): string {
  const listed = entries.map(({ name, key, tool, renamed }) => [
    name,
    key,
    String(tokensOf({ ...tool, name }, countTokens)),
    [renamed, cutsOf(tool)].filter(note => note !== undefined).join('; '),
  ])
  const sections = [
    title ?? '',
    toTable(['NAME', 'OPERATION', 'TOKENS', 'NOTES'], listed, ['left', 'left', 'right', 'left']),
    section(
      'Skipped',
      skipped.map(({ method, path, code, reason }) => `${method} ${path}: ${code}. ${reason}`),
    ),
    section(
      'Warnings',
      warnings.map(({ code, reason }) => `${code}: ${reason}`),
    ),
    section('Base URL', servers.slice(0, 1)),
    section(
      'Security schemes',
      securitySchemes.map(({ name, type, satisfied }) => `${name} (${type}): ${satisfied ? 'satisfied' : 'not set'}`),
    ),
    `${count(tools, 'tool')}, ${bytes} bytes, about ${estimatedTokens} tokens (o200k); ${skipped.length} skipped`,
  ]
  return `${sections.filter(text => text !== '').join('\n\n')}\n`
}

function cutsOf(tool: CatalogEntry['tool']): string | undefined {
  const cuts = tool._meta?.['patchbay/truncated']
  return Array.isArray(cuts) ? `cut: ${cuts.join(', ')}` : undefined
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.map(line => `  ${line}`)].join('\n')
}
