import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { RemoteConfig, SourceConfig, StdioConfig } from '../core/source-config.ts'
import type { EntryPlace } from './checks.ts'
import { checkUrl, pickOne } from './checks.ts'
import type { Findings } from './findings.ts'
import type { Path } from './parse-jsonc.ts'
import { resolveFilled } from './resolve-filled.ts'
import { filterNames } from './resolve-filters.ts'
import { resolveHeaders } from './resolve-headers.ts'
import { resolveOpenApi } from './resolve-openapi.ts'
import { toWholeNumber } from './schema-parts.ts'
import type { SourceEntry } from './source-schema.ts'

/**
 * Turns one entry into a source's configuration: decides its kind, resolves aliases, makes paths absolute.
 *
 * @returns undefined when the entry cannot be used; why stands in `findings`
 */
export async function resolveSource(
  entry: SourceEntry,
  place: EntryPlace,
  findings: Findings,
): Promise<SourceConfig | undefined> {
  const general = resolveCommon(entry, place, findings)
  const kind = findKind(entry, place.path, findings)
  if (kind === undefined) return undefined
  const common = { ...general, ...resolveFilled(entry, kind, place) }
  noteUnused(entry, kind, place.path, findings)
  switch (kind) {
    case 'stdio':
      return { ...common, ...(await resolveStdio(entry, place, findings)) }
    case 'remote':
      return { ...common, ...resolveRemote(entry, place, findings) }
    case 'openapi':
      return { ...common, ...(await resolveOpenApi(entry, place, findings)) }
  }
}

type Kind = SourceConfig['kind']
type Common = Pick<
  SourceConfig,
  'id' | 'description' | 'allowedTools' | 'disallowedTools' | 'timeoutMs' | 'maxConcurrentCalls' | 'lock' | 'mode'
>

/** Keys that mean something for some kinds only. Elsewhere they do nothing: clients write them all the same. */
const keysOfKind: Readonly<Record<Kind, readonly (keyof SourceEntry)[]>> = {
  stdio: [
    ...['type', 'transport', 'args', 'env', 'envFile', 'cwd', 'idleTimeoutMs'],
    ...['protocol', 'perSession', 'perSessionClient'],
  ] as (keyof SourceEntry)[],
  remote: [
    ...[
      'type',
      'transport',
      'headers',
      'static_headers',
      'auth_type',
      'auth_value',
      'authentication_token',
      'protocol',
      'perSession',
      'perSessionClient',
    ],
  ] as (keyof SourceEntry)[],
  openapi: [
    ...['headers', 'static_headers', 'auth_type', 'auth_value', 'authentication_token', 'schemaMode', 'outputSchemas'],
    ...['baseUrl', 'server', 'serverVariables', 'arrayFormat', 'externalRefs', 'watch'],
    ...['allowHosts', 'tls', 'credentials', 'forwardHeaders', 'strictAuth', 'followRedirects'],
    ...['maxRetries', ...filterNames],
  ] as (keyof SourceEntry)[],
}

function resolveCommon(entry: SourceEntry, { id, path }: EntryPlace, findings: Findings): Common {
  const allowedTools = pickOne(entry, ['allowedTools', 'allowed_tools', 'includeTools', 'tools'], path, findings)
  const refused = ['disallowedTools', 'disallowed_tools', 'excludeTools', 'disabledTools'] as const
  const disallowedTools = pickOne(entry, refused, path, findings)
  const timeoutMs = resolveTimeout(entry, path, findings)
  const maxConcurrentCalls = resolveNumber(entry, 'maxConcurrentCalls', path, findings)
  if (allowedTools !== undefined && disallowedTools !== undefined) {
    const key = refused.find(name => entry[name] !== undefined) ?? refused[0]
    findings.warning([...path, key], 'has no effect beside a list of allowed tools.')
  }
  // To go on without it would let through what it forbids: the lock knows the three tools of search, not those behind.
  if (entry.lock === 'enforce' && (entry.mode ?? 'tools') !== 'tools') {
    findings.problem([...path, 'lock'], 'cannot hold back tools behind search; use "mode": "tools", or "lock": "warn".')
  }
  return {
    id,
    ...(entry.description !== undefined && { description: entry.description }),
    ...(allowedTools !== undefined && { allowedTools }),
    ...(disallowedTools !== undefined && { disallowedTools }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(maxConcurrentCalls !== undefined && { maxConcurrentCalls }),
    ...(entry.lock !== undefined && { lock: entry.lock }),
    ...(entry.mode !== undefined && entry.mode !== 'tools' && { mode: entry.mode }),
  }
}

function resolveTimeout(entry: SourceEntry, path: Path, findings: Findings): number | undefined {
  const given = pickOne(entry, ['timeoutMs', 'timeout'], path, findings)
  if (given === undefined) return undefined
  const key = entry.timeoutMs === undefined ? 'timeout' : 'timeoutMs'
  if (key === 'timeout' && Number(given) >= 1_000) {
    findings.warning([...path, key], 'is read as seconds, and looks like milliseconds; write timeoutMs for those.')
  }
  const milliseconds = toWholeNumber(key === 'timeout' ? Math.ceil(Number(given) * 1_000) : given, 1, 2_147_483_647)
  if (milliseconds === undefined) findings.problem([...path, key], 'must be a time from 1 to 2147483647 milliseconds.')
  return milliseconds
}

/** Reads a whole number that a variable may have filled in. */
function resolveNumber(
  entry: SourceEntry,
  key: 'maxConcurrentCalls' | 'idleTimeoutMs',
  path: Path,
  findings: Findings,
): number | undefined {
  const given = entry[key]
  if (given === undefined) return undefined
  const number = toWholeNumber(given, 1, 2_147_483_647)
  if (number === undefined) findings.problem([...path, key], 'must be a whole number from 1 to 2147483647.')
  return number
}

/** Whether each client gets a session of its own, as an MCP entry says. */
function resolvePerSession(entry: SourceEntry, path: Path, findings: Findings): { perSession?: true } {
  return pickOne(entry, ['perSession', 'perSessionClient'], path, findings) === true ? { perSession: true } : {}
}

function findKind(entry: SourceEntry, path: Path, findings: Findings): Kind | undefined {
  const document = pickOne(entry, ['openapi', 'spec_path'], path, findings)
  const documentKey = entry.openapi === undefined ? 'spec_path' : 'openapi'
  if (entry.command !== undefined) {
    const other = document !== undefined ? documentKey : entry.url !== undefined ? 'url' : undefined
    if (other === undefined) return 'stdio'
    findings.problem([...path, other], 'stands beside "command"; an entry is one source, so keep one of them.')
    return undefined
  }
  if (document !== undefined) return 'openapi'
  if (entry.url !== undefined) return 'remote'
  // A misspelt or mistyped key was reported already; one more line about the same slip would only be noise.
  if (!findings.spoiled(path)) {
    findings.problem(path, 'needs "command" (a program), "url" (an MCP server) or "openapi" (an HTTP API).')
  }
  return undefined
}

function noteUnused(entry: SourceEntry, kind: Kind, path: Path, findings: Findings): void {
  for (const key of new Set(Object.values(keysOfKind).flat())) {
    const value = entry[key]
    const empty =
      value === undefined || value === '' || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
    if (!empty && !keysOfKind[kind].includes(key))
      findings.warning([...path, key], `has no effect on this kind of entry.`)
  }
  for (const key of ['auth', 'oauth'] as const) {
    if (entry[key] !== undefined) {
      findings.warning([...path, key], 'has no effect: OAuth towards a source is not supported; use headers.')
    }
  }
  if (entry.extra_headers !== undefined && kind !== 'openapi') {
    findings.warning([...path, 'extra_headers'], "is not supported yet: no header of the caller's is passed on.")
  }
  // A security rule: to go on without it would let through what it forbids.
  if (entry.allowed_params !== undefined) {
    findings.problem(
      [...path, 'allowed_params'],
      'is not supported yet; remove it, or do without the tools it restricts.',
    )
  }
}

async function resolveStdio(
  entry: SourceEntry,
  place: EntryPlace,
  findings: Findings,
): Promise<Omit<StdioConfig, 'id'>> {
  const { path, directory } = place
  const { command = '', args = [] } = entry
  checkType(entry, ['stdio', 'local'], path, findings)
  if (command.trim() === '') findings.problem([...path, 'command'], 'must not be empty.')
  const env = { ...(await readEnvFile(entry.envFile, place, findings)) }
  for (const [name, value] of Object.entries(entry.env ?? {})) {
    if (name === '' || /[=\0]/.test(name)) findings.problem([...path, 'env', name], 'is no name for a variable.')
    if (value === null) delete env[name]
    else env[name] = String(value)
  }
  for (const [key, texts] of Object.entries({
    command: [command],
    args,
    env: Object.values(env),
    cwd: [entry.cwd ?? ''],
  })) {
    if (texts.some(text => text.includes('\0'))) findings.problem([...path, key], 'holds a NUL character.')
  }
  const cwd = resolve(directory, entry.cwd ?? '.')
  const idleTimeoutMs = resolveNumber(entry, 'idleTimeoutMs', path, findings)
  return {
    kind: 'stdio',
    command,
    args,
    env,
    cwd,
    protocol: entry.protocol ?? 'auto',
    ...resolvePerSession(entry, path, findings),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
  }
}

async function readEnvFile(
  file: string | undefined,
  { path, directory }: EntryPlace,
  findings: Findings,
): Promise<Record<string, string>> {
  if (file === undefined) return {}
  try {
    return parseEnv(await readFile(resolve(directory, file), 'utf8')) as Record<string, string>
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    findings.problem(
      [...path, 'envFile'],
      `names a file that cannot be read (${code}). Create it, or correct the path.`,
    )
    return {}
  }
}

function resolveRemote(entry: SourceEntry, { path, block }: EntryPlace, findings: Findings): Omit<RemoteConfig, 'id'> {
  const type = checkType(entry, ['http', 'sse', 'streamable-http', 'streamableHttp', 'streamable_http'], path, findings)
  // VS Code's `http` falls back to HTTP+SSE (VS Code, MCP configuration reference).
  const transport =
    type === undefined || (type === 'http' && block === 'servers') ? 'auto' : type === 'sse' ? 'sse' : 'http'
  const url = entry.url ?? ''
  checkUrl(url, [...path, 'url'], findings)
  const headers = resolveHeaders(entry, path, findings)
  const perSession = resolvePerSession(entry, path, findings)
  return { kind: 'remote', url, transport, headers, protocol: entry.protocol ?? 'auto', ...perSession }
}

/** Reads `type` or `transport`; notes one that does not fit the rest of the entry. */
function checkType(entry: SourceEntry, fitting: readonly string[], path: Path, findings: Findings): string | undefined {
  const type = pickOne(entry, ['type', 'transport'], path, findings)
  if (type === undefined || fitting.includes(type)) return type
  const remedy = `Leave it out, or write one of: ${fitting.slice(0, 2).join(', ')}.`
  const key = entry.type === undefined ? 'transport' : 'type'
  findings.problem([...path, key], `does not fit the other keys of this entry. ${remedy}`)
  return undefined
}
