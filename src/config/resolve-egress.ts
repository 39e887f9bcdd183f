import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { AllowedHost } from '../core/allowed-host.ts'
import type { CallerServerRules } from '../core/caller-servers.ts'
import { isObject } from '../core/json.ts'
import type { TlsConfig } from '../core/source-config.ts'
import { bareHost } from '../core/url.ts'
import { parseUrlPattern } from '../core/url-pattern.ts'
import type { ServersFile } from './file-schema.ts'
import type { Findings } from './findings.ts'
import type { Path } from './parse-jsonc.ts'
import type { TlsBlock } from './source-schema.ts'

/** Reads a list of hosts; one that is none of the known forms is a problem. */
export function resolveAllowHosts(list: readonly string[] | undefined, path: Path, findings: Findings): AllowedHost[] {
  return (list ?? []).flatMap((text, index) => {
    if (findings.spoiled([...path, index])) return []
    const host = parseAllowedHost(text.trim().toLowerCase())
    if (host !== undefined) return [host]
    const forms = 'api.internal, api.internal:8443, *.internal, 10.1.2.3, [fd00::1]:8080, or 10.0.0.0/8'
    findings.problem([...path, index], `must be a host, its subdomains or a network, such as ${forms}.`)
    return []
  })
}

/** Reads `egress.callerServers`; without it no server may be named. */
export function resolveCallerServers(
  block: NonNullable<ServersFile['egress']>['callerServers'],
  findings: Findings,
): CallerServerRules {
  const path = ['egress', 'callerServers']
  if (findings.spoiled(path)) return { allow: [], allowHosts: [] }
  return {
    allow: (block?.allow ?? []).flatMap((text, index) => {
      const pattern = parseUrlPattern(text.trim())
      if (pattern !== undefined) return [pattern]
      const forms = 'https://mcp.example.com/*, https://*.example.com/mcp, or https://* for any host'
      findings.problem([...path, 'allow', index], `must be URLs of servers, such as ${forms}.`)
      return []
    }),
    allowHosts: resolveAllowHosts(block?.allowHosts, [...path, 'allowHosts'], findings),
  }
}

/**
 * Reads the `tls` of an entry: each key is PEM text, or a path to it. What cannot be used together is a problem now,
 * not at the first call.
 */
export async function resolveTls(
  block: TlsBlock | undefined,
  path: Path,
  directory: string,
  findings: Findings,
): Promise<TlsConfig | undefined> {
  if (block === undefined) return undefined
  const pem = (key: 'ca' | 'cert' | 'key') => readPem(block[key], [...path, key], directory, findings)
  const [ca, cert, key] = await Promise.all([pem('ca'), pem('cert'), pem('key')])
  const { passphrase } = block
  if ((block.cert === undefined) !== (block.key === undefined)) {
    findings.problem(path, 'needs "cert" and "key" together: a certificate and its private key.')
  }
  if (findings.spoiled(path)) return undefined
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
  }
  await checkTls(tls, path, findings)
  return tls
}

function parseAllowedHost(text: string): AllowedHost | undefined {
  const [, network, bits] = /^([0-9a-f:.]+)\/(\d{1,3})$/.exec(text) ?? []
  if (network !== undefined) {
    const version = isIP(network)
    const fits = version !== 0 && Number(bits) <= (version === 4 ? 32 : 128)
    return fits ? { kind: 'network', address: network, bits: Number(bits) } : undefined
  }
  const bracketed = isIP(text) === 6 ? `[${text}]` : text
  const [, wildcard, name, digits] = /^(\*\.)?(\[[0-9a-f:.]+\]|[^\s/\\?#@:*[\]]+)(?::(\d{1,5}))?$/.exec(bracketed) ?? []
  const hostname = name === undefined ? undefined : URL.parse(`http://${name}/`)?.hostname
  const port = digits === undefined ? undefined : Number(digits)
  if (hostname === undefined || port === 0 || (port ?? 0) > 65_535) return undefined
  const host = bareHost(hostname)
  const at = port === undefined ? {} : { port }
  if (wildcard === undefined) return { kind: 'host', host, ...at }
  return isIP(host) === 0 ? { kind: 'domain', suffix: `.${host}`, ...at } : undefined
}

async function readPem(
  given: string | undefined,
  path: Path,
  directory: string,
  findings: Findings,
): Promise<string | undefined> {
  if (given === undefined) return undefined
  const isPem = (text: string) => text.includes('-----BEGIN ')
  if (isPem(given)) return given
  try {
    const text = await readFile(resolve(directory, given), 'utf8')
    if (isPem(text)) return text
    findings.problem(path, 'names a file that is not PEM, the text form of certificates and keys.')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    findings.problem(path, `names a file that cannot be read (${code}). Create it, or correct the path.`)
  }
  return undefined
}

async function checkTls(tls: TlsConfig, path: Path, findings: Findings): Promise<void> {
  // Few files have one, and every start would wait for it.
  const { createSecureContext } = await import('node:tls')
  try {
    createSecureContext(tls)
  } catch (cause) {
    const why = isObject(cause) ? (cause.reason ?? cause.code) : undefined
    findings.problem(path, `cannot be used: ${typeof why === 'string' ? why : 'not valid PEM'}.`)
  }
}
