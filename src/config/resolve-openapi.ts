import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OpenApiConfig } from '../core/source-config.ts'
import { isUrl } from '../core/url.ts'
import type { EntryPlace } from './checks.ts'
import { checkUrl, pickOne } from './checks.ts'
import type { Findings } from './findings.ts'
import type { Path } from './parse-jsonc.ts'
import { resolveCredentials } from './resolve-credentials.ts'
import { resolveAllowHosts, resolveTls } from './resolve-egress.ts'
import { resolveFilters } from './resolve-filters.ts'
import { resolveHeaders } from './resolve-headers.ts'
import { toWholeNumber } from './schema-parts.ts'
import type { SourceEntry } from './source-schema.ts'

/** Reads what is particular to an entry with an OpenAPI document. */
export async function resolveOpenApi(
  entry: SourceEntry,
  place: EntryPlace,
  findings: Findings,
): Promise<Omit<OpenApiConfig, 'id'>> {
  const { path, directory } = place
  const key = entry.openapi === undefined ? 'spec_path' : 'openapi'
  const baseUrl = pickOne(entry, ['baseUrl', 'url'], path, findings)
  if (baseUrl !== undefined) checkUrl(baseUrl, [...path, entry.baseUrl === undefined ? 'url' : 'baseUrl'], findings)
  const headers = resolveHeaders(entry, path, findings)
  const given = entry[key] ?? ''
  const document =
    typeof given === 'string' ? { at: locateDocument(given, [...path, key], directory, findings) } : { inline: given }
  const { server, serverVariables, arrayFormat, schemaMode, outputSchemas, externalRefs, followRedirects } = entry
  if (baseUrl !== undefined && server !== undefined) {
    findings.warning([...path, 'server'], 'has no effect beside a base URL.')
  }
  const maxRetries = resolveRetries(entry, path, findings)
  const allowHosts = resolveAllowHosts(entry.allowHosts, [...path, 'allowHosts'], findings)
  const tls = await resolveTls(entry.tls, [...path, 'tls'], directory, findings)
  return {
    kind: 'openapi',
    document,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(server !== undefined && { server }),
    ...(serverVariables !== undefined && { serverVariables }),
    ...(arrayFormat !== undefined && { arrayFormat }),
    headers,
    ...(entry.watch === false && { watch: false }),
    ...resolveCredentials(entry, path, findings),
    ...(schemaMode !== undefined && { schemaMode }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(outputSchemas !== undefined && { outputSchemas }),
    ...(externalRefs !== undefined && { externalRefs }),
    ...(followRedirects === true && { followRedirects }),
    ...(allowHosts.length > 0 && { allowHosts }),
    ...(tls !== undefined && { tls }),
    ...resolveFilters(entry, path, findings),
  }
}

function resolveRetries({ maxRetries: given }: SourceEntry, path: Path, findings: Findings): number | undefined {
  const number = given === undefined ? undefined : toWholeNumber(given, 0, 10)
  if (given !== undefined && number === undefined)
    findings.problem([...path, 'maxRetries'], 'must be a whole number from 0 to 10.')
  return number
}

function locateDocument(at: string, path: Path, directory: string, findings: Findings): string {
  if (at.trim() === '') findings.problem(path, 'must not be empty.')
  if (isUrl(at)) {
    checkUrl(at, path, findings)
    return at
  }
  if (/^file:\/\/\//i.test(at) && URL.canParse(at)) return fileURLToPath(at)
  // `http:/x` would be a path, and nobody means one.
  if (/^([a-z][a-z0-9+.-]+:\/\/|https?:)/i.test(at))
    findings.problem(path, 'must be a path, an http or https URL, or the document.')
  return resolve(directory, at)
}
