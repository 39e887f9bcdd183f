import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { SourceConfig } from '../core/source-config.ts'
import { isUrl } from '../core/url.ts'
import { checkShape } from './check-shape.ts'
import { createFindings } from './findings.ts'
import { parseJsonc } from './parse-jsonc.ts'
import { resolveSources } from './resolve-sources.ts'

/**
 * Reads an entry that came over the network instead of from the file: the same keys and the same checks, but no
 * variable is filled in, no program, host to allow or certificate is named, and a document on disk must lie under the
 * configuration's own folder.
 *
 * @param fields - the fields of an entry; a document may also be its own text
 * @throws GatewayError `REQUEST_INVALID` naming each wrong field, `FORBIDDEN` for what it may not name
 */
export async function resolveCandidate(id: string, fields: JsonObject, directory: string): Promise<SourceConfig> {
  // Before anything else: reading the rest of such an entry would already open its `envFile`.
  if (fields.command !== undefined) throw new GatewayError('FORBIDDEN', noProgram)
  for (const key of ['allowHosts', 'tls']) {
    if (fields[key] !== undefined)
      throw new GatewayError('FORBIDDEN', `"${key}" is only read from the configuration file. ${remedy}`)
  }
  const { document, inline } = takeInline(fields)
  const text = JSON.stringify({ mcpServers: { [id]: document } })
  const findings = createFindings('', parseJsonc(text, 'the request'))
  const parsed = JSON.parse(text) as JsonObject
  checkShape(parsed, findings)
  const { sources } = await resolveSources(parsed, directory, findings)
  try {
    findings.throwIfAny()
  } catch (cause) {
    const message = (cause as Error).message.replace(placeInFile, (_, next) => (next === ' ' ? 'The entry ' : ''))
    throw new GatewayError('REQUEST_INVALID', message, { cause })
  }
  const [source] = sources
  if (source === undefined)
    throw new GatewayError('REQUEST_INVALID', 'The entry is disabled, so there is nothing to read.')
  if (source.kind === 'stdio') throw new GatewayError('FORBIDDEN', noProgram)
  if (source.kind !== 'openapi') return source
  if (inline !== undefined) return { ...source, document: { inline } }
  await refuseOutside(source.document, directory)
  return source
}

/** The beginning of each line, which speaks of a file that is none. */
const placeInFile = /^:\d+:\d+: mcpServers(?:\.[\w$-]+|\["(?:[^"\\]|\\.)*"\])(\.| |(?=\[))/gm

const remedy = 'Save the entry there and send its name as "server_id".'

const noProgram = `A program is only named in the configuration file. ${remedy}`

/** A document given as its text stands aside while the rest is checked as if it were a path. */
function takeInline(fields: JsonObject): { document: JsonObject; inline?: string } {
  for (const key of ['openapi', 'spec_path']) {
    const value = fields[key]
    if (typeof value === 'string' && /[\n{]/.test(value))
      return { document: { ...fields, [key]: 'inline' }, inline: value }
    // LiteLLM's key takes a path only; an object under it is meant all the same.
    if (key === 'spec_path' && typeof value === 'object' && value !== null) {
      const { spec_path, url, ...rest } = fields
      return { document: { ...rest, openapi: spec_path, ...(url !== undefined && { baseUrl: url }) } }
    }
  }
  return { document: fields }
}

async function refuseOutside(document: { at: string } | { inline: unknown }, directory: string): Promise<void> {
  if (!('at' in document) || isUrl(document.at)) return
  const inside = relative(await followLinks(resolve(directory)), await followLinks(resolve(document.at)))
  if (inside === '..' || inside.startsWith(`..${sep}`) || inside === '' || isAbsolute(inside)) {
    throw new GatewayError(
      'FORBIDDEN',
      'A document on disk is only previewed from the folder of the configuration, or below it.',
    )
  }
}

/** The path with every link on it followed; what is not there is taken as it is written, so that its folder decides. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : join(await followLinks(folder), basename(path))
  }
}
