import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { Limits } from '../core/limits.ts'
import { defaultLimits } from '../core/limits.ts'
import { checkUrl } from './checks.ts'
import type { ServerSettings, StoreSettings } from './config.ts'
import { defaultServer } from './config.ts'
import type { ServersFile } from './file-schema.ts'
import type { Findings } from './findings.ts'
import { minLimit } from './limits-schema.ts'
import { toWholeNumber } from './schema-parts.ts'

/** Reads `limits`; what is absent keeps its default. */
export function resolveLimits(block: ServersFile['limits'], findings: Findings): Limits {
  const limits: Record<string, number> = { ...defaultLimits }
  for (const [name, value] of Object.entries(block ?? {})) {
    if (value === undefined || !Object.hasOwn(defaultLimits, name) || findings.spoiled(['limits', name])) continue
    const number = toWholeNumber(value, minLimit(name), 2_147_483_647)
    if (number === undefined)
      findings.problem(['limits', name], `must be a whole number from ${minLimit(name)} to 2147483647.`)
    else limits[name] = number
  }
  return limits as typeof defaultLimits
}

/** Reads `server`; what is absent keeps its default. */
export function resolveServer(block: ServersFile['server'], findings: Findings): ServerSettings {
  const { host = defaultServer.host, port = defaultServer.port, publicUrl } = block ?? {}
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 0 && !hostName.test(bare)) {
    findings.problem(['server', 'host'], 'must be a host name or IP address, without scheme or port.')
  }
  const number = toWholeNumber(port, 0, 65_535)
  if (number === undefined) findings.problem(['server', 'port'], 'must be a whole number from 0 to 65535.')
  if (publicUrl !== undefined) {
    checkUrl(publicUrl, ['server', 'publicUrl'], findings)
    if (/[?#]/.test(publicUrl)) findings.problem(['server', 'publicUrl'], 'must have no query and no fragment.')
  }
  return {
    host: bare,
    port: number ?? defaultServer.port,
    ...(publicUrl !== undefined && { publicUrl: publicUrl.replace(/\/+$/, '') }),
    allowedHosts: lowerCased(
      block?.allowedHosts,
      'allowedHosts',
      hostAndPort,
      'a host name, with a port or without',
      findings,
    ),
    allowedOrigins: lowerCased(
      block?.allowedOrigins,
      'allowedOrigins',
      origin,
      'an origin such as https://app.example.com',
      findings,
    ),
    stateKeys: (block?.stateKeys ?? []).map((key, index) => {
      if (key.length < 32) findings.problem(['server', 'stateKeys', index], 'must have at least 32 characters.')
      return key
    }),
  }
}

/** Reads `store`; a relative path starts at the directory of the file. */
export function resolveStore(block: ServersFile['store'], directory: string, findings: Findings): StoreSettings {
  const path = block?.path
  if (path === undefined) return {}
  if (path.trim() === '' || path.includes('\0')) {
    findings.problem(['store', 'path'], 'must be the path of a file, or ":memory:" to keep nothing.')
  }
  return { path: path === ':memory:' ? path : resolve(directory, path) }
}

const hostName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/
const hostAndPort = /^(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
const origin = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*]+$/

function lowerCased(
  values: readonly string[] | undefined,
  key: string,
  form: RegExp,
  description: string,
  findings: Findings,
): string[] {
  return (values ?? []).map((value, index) => {
    const lower = value.toLowerCase()
    if (!form.test(lower)) findings.problem(['server', key, index], `must be ${description}.`)
    return lower
  })
}
