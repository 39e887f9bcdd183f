import type { Caller } from '../core/caller.ts'
import type { CatalogEntry } from '../core/catalog.ts'
import { buildCatalog } from '../core/catalog.ts'
import { count } from '../core/count.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Limits } from '../core/limits.ts'
import { suggestSearch } from '../core/list-size.ts'
import type { Tool } from '../core/tool.ts'
import type { ToolCosts } from '../core/tool-cost.ts'
import type { SourceTool } from '../core/tool-source.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { noSource } from '../gateway/no-source.ts'

/**
 * Shows what a server or document would give before it is saved: opens it, lists it, closes it again. Nothing is
 * called and nothing is kept.
 *
 * @throws GatewayError `FORBIDDEN`, `REQUEST_INVALID`, or why it cannot be listed
 */
export type Preview = (candidate: JsonObject, caller: Caller, signal: AbortSignal) => Promise<Previewed>

/** A code for programs, a sentence for people, and where it stands in a document if known. */
export type PreviewWarning = Readonly<{ code: string; reason: string; pointer?: string }>

/** The tools under the names at which they would be served, whatever the entry's own filters hide. */
export type Previewed = Readonly<{
  entries: readonly CatalogEntry[]
  message: string
  /** What was left out or looks wrong. */
  warnings: readonly PreviewWarning[]
  totals: ToolCosts
}> &
  PreviewDetails

/** What a document says besides its tools; a server says nothing of it. Data for people, without secrets. */
export type PreviewDetails = Readonly<{
  title?: string
  /** Operations that become no tool, each with its reason. */
  skipped?: readonly unknown[]
  /** Base URLs that can be used, the one in use first. */
  servers?: readonly string[]
  /** How callers say who they are, and which of it the entry has. */
  securitySchemes?: readonly unknown[]
}>

/** A server or document opened for one preview. */
export type Candidate = Readonly<{
  list: (
    signal: AbortSignal,
  ) => Promise<PreviewDetails & Readonly<{ tools: readonly SourceTool[]; warnings?: readonly PreviewWarning[] }>>
  close: () => Promise<void>
}>

/** What is wanted of a preview besides the list. `lint`: a document is also checked against the schema of its version. */
export type PreviewWishes = Readonly<{ lint: boolean }>

/** What previews need. */
export type PreviewOptions = Readonly<{
  gateway: Gateway
  limits: Limits
  /** Makes a source of the fields of an entry. @throws GatewayError `REQUEST_INVALID` or `FORBIDDEN` */
  open: (id: string, fields: JsonObject, how: PreviewWishes) => Promise<Candidate>
  /** The source of the configuration, for a preview by `server_id`. */
  stored: (id: string, how: PreviewWishes) => Candidate | undefined
  /** Says what tools cost whoever shows them to a model. */
  addUp: (tools: readonly Tool[]) => Promise<ToolCosts>
}>

/** Makes the preview. The same function names its tools and the catalog's, so the two can never disagree. */
export function createPreview({ gateway, limits, open, stored, addUp }: PreviewOptions): Preview {
  return async (candidate, caller, signal) => {
    if (caller.access.sources !== undefined || caller.access.tools !== undefined) {
      throw new GatewayError(
        'FORBIDDEN',
        'This key is limited to some servers or tools, so it may not preview others. Use one without "servers", "groups" and "tools".',
      )
    }
    if (candidate.command !== undefined || candidate.transport === 'stdio') {
      throw new GatewayError(
        'FORBIDDEN',
        'A "command" is only run from the configuration file. Save it there and send its name as "server_id".',
      )
    }
    const { server_id, server_name, lint = false, ...fields } = candidate
    if (typeof lint !== 'boolean') throw new GatewayError('REQUEST_INVALID', '"lint" is true or false.')
    const id = idOf(server_id) ?? idOf(candidate.alias) ?? idOf(server_name) ?? 'preview'
    const saved = typeof server_id === 'string' && !describesSource(fields) ? stored(server_id, { lint }) : undefined
    if (server_id !== undefined && saved === undefined && !describesSource(fields)) {
      throw noSource('server', String(server_id), gateway.catalog().sourceIds)
    }
    const opened = saved ?? (await open(id, fields, { lint }))
    try {
      const listed = await listWithin(opened, signal, limits.previewTimeoutMs)
      const { tools, warnings = [], ...details } = listed
      const others = gateway.catalog().sourceIds.filter(other => other !== id)
      const sources = [...others.map(other => ({ id: other, tools: [] })), { id, tools }]
      const { entries } = buildCatalog(sources, {}, gateway.catalog())
      const named = entries.map(({ name, tool }) => ({ ...tool, name }))
      const large = fields.mode === undefined || fields.mode === 'tools' ? suggestSearch(id, named, limits) : undefined
      const held = saved === undefined ? [] : gateway.catalog().quarantined.filter(({ sourceId }) => sourceId === id)
      const notes = held.map(({ name, reason }) => ({
        code: 'QUARANTINED',
        reason: `"${name}" is quarantined: ${reason}.`,
      }))
      return {
        entries,
        message: `Found ${count(entries.length, 'tool')}.`,
        warnings: [...warnings, ...(large === undefined ? [] : [{ code: 'LIST_LARGE', reason: large }]), ...notes],
        totals: await addUp(named),
        skipped: [],
        securitySchemes: [],
        ...details,
      }
    } finally {
      await opened.close()
    }
  }
}

async function listWithin(candidate: Candidate, signal: AbortSignal, timeoutMs: number): ReturnType<Candidate['list']> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    return await candidate.list(AbortSignal.any([signal, timeout]))
  } catch (error) {
    if (!timeout.aborted) throw error
    throw new GatewayError(
      'SOURCE_TIMEOUT',
      `The server gave no list within ${timeoutMs} ms (limits.previewTimeoutMs).`,
      { cause: error },
    )
  }
}

function describesSource(fields: JsonObject): boolean {
  return ['url', 'openapi', 'spec_path'].some(key => fields[key] !== undefined)
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
