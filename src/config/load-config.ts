import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { AllowedHost } from '../core/allowed-host.ts'
import { GatewayError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import type { SourceConfig } from '../core/source-config.ts'
import { checkShape } from './check-shape.ts'
import type { Config } from './config.ts'
import { digestEntry } from './entry-digest.ts'
import type { ServersFile } from './file-schema.ts'
import { createFindings } from './findings.ts'
import { interpolate } from './interpolate.ts'
import type { Path } from './parse-jsonc.ts'
import { parseJsonc } from './parse-jsonc.ts'
import { resolveGroups, resolveKeys } from './resolve-access.ts'
import { resolveAllowHosts, resolveCallerServers } from './resolve-egress.ts'
import { resolveModels } from './resolve-models.ts'
import { resolveLimits, resolveServer, resolveStore } from './resolve-settings.ts'
import { resolveSources } from './resolve-sources.ts'

/** Where variables come from. `env` is `process.env` when left out. */
export type LoadOptions = Readonly<{ env?: Readonly<Record<string, string | undefined>> }>

/**
 * Reads servers.json: all of it, or nothing.
 *
 * @throws GatewayError `CONFIG_INVALID`: one line for each problem, `file:line:column: path what is wrong`, in the order
 *   of the file. No line shows a value, since any of them may be a secret. `data.problems` holds the same lines.
 */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<Config> {
  return parseConfig(await readText(file), file, options)
}

/**
 * Does the same for text that is not, or not yet, in the file.
 *
 * @param file - named in errors; relative paths start in its directory
 */
export async function parseConfig(fileText: string, file: string, options: LoadOptions = {}): Promise<Config> {
  const path = resolve(file)
  const directory = dirname(path)
  const document = parseJsonc(fileText, file)
  const findings = createFindings(file, document)
  const surroundings = { env: options.env ?? process.env, directory, inputs: inputDefaults(document.value) }
  const { filled, filledAt } = await interpolate(document.value, surroundings, findings)
  checkShape(filled, findings)
  const blocks = soundBlocks(filled, path => findings.spoiled(path))

  const known = await resolveSources(isObject(filled) ? filled : {}, directory, findings, filledAt)
  const groups = resolveGroups(blocks.groups, known, findings)
  const allowHosts = resolveAllowHosts(blocks.egress?.allowHosts, ['egress', 'allowHosts'], findings)
  const parts = {
    sources: known.sources.map(source => allowEverywhere(source, allowHosts)),
    groups,
    models: resolveModels(blocks.models, findings),
    keys: resolveKeys(blocks.keys, known, groups, findings),
    limits: resolveLimits(blocks.limits, findings),
    server: resolveServer(blocks.server, findings),
    store: resolveStore(blocks.store, directory, findings),
    entryDigests: Object.fromEntries(
      [...known.paths].map(([id, path]) => [id, digestEntry(valueAt(document.value, path))]),
    ),
    egress: { allowHosts, callerServers: resolveCallerServers(blocks.egress?.callerServers, findings) },
  }
  findings.throwIfAny()
  const digest = createHash('sha256').update(fileText).digest('hex')
  return freeze({ file: path, directory, digest, ...parts, warnings: findings.warnings() })
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new GatewayError('CONFIG_INVALID', `${file} cannot be read (${code}). Create it, or name another file.`, {
      cause,
    })
  }
}

function inputDefaults(document: unknown): Map<string, string | undefined> {
  const inputs = isObject(document) && Array.isArray(document.inputs) ? document.inputs.filter(isObject) : []
  return new Map(inputs.map(({ id, default: value }) => [String(id), typeof value === 'string' ? value : undefined]))
}

/**
 * The blocks whose outer form is right. Inside them, whatever is spoiled is skipped by its reader, so that one slip
 * does not hide the next.
 */
function soundBlocks(document: unknown, spoiled: (path: readonly string[]) => boolean): ServersFile {
  if (!isObject(document)) return {}
  const isOpen = (name: string, value: unknown): boolean => {
    if (['server', 'store', 'egress'].includes(name)) return !spoiled([name])
    return typeof value === 'object' && value !== null
  }
  return Object.fromEntries(Object.entries(document).filter(([name, value]) => isOpen(name, value)))
}

/** As written, before variables are filled in. */
function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, part) => (isObject(node) ? node[part] : undefined), document)
}

/** What the whole file allows belongs to each source, so that a change of it is a change of them. */
function allowEverywhere(source: SourceConfig, allowHosts: readonly AllowedHost[]): SourceConfig {
  if (source.kind !== 'openapi' || allowHosts.length === 0) return source
  return { ...source, allowHosts: [...(source.allowHosts ?? []), ...allowHosts] }
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) freeze(member)
  }
  return value
}
