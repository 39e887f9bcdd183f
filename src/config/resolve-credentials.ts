import type { ClientCredential, Credential } from '../core/credential.ts'
import { isHeaderName, isNeverPassedOn } from '../core/header-name.ts'
import type { OpenApiConfig } from '../core/source-config.ts'
import { checkUrl, pickOne } from './checks.ts'
import type { CredentialEntry } from './credential-schema.ts'
import type { Findings } from './findings.ts'
import type { Path } from './parse-jsonc.ts'
import type { SourceEntry } from './source-schema.ts'

/**
 * Reads what an OpenAPI entry says of credentials: `credentials`, `forwardHeaders` (LiteLLM's `extra_headers`) and
 * `strictAuth`. Whether the document has schemes of these names is not known here; the preview tells.
 */
export function resolveCredentials(
  entry: SourceEntry,
  path: Path,
  findings: Findings,
): Pick<OpenApiConfig, 'credentials' | 'forwardHeaders' | 'strictAuth'> {
  const credentials = Object.entries(entry.credentials ?? {}).flatMap(([name, given]) => {
    const credential = resolveCredential(given, [...path, 'credentials', name], findings)
    return credential === undefined ? [] : [[name, credential] as const]
  })
  const forwarded = pickOne(entry, ['forwardHeaders', 'extra_headers'], path, findings)
  const at = [...path, entry.forwardHeaders === undefined ? 'extra_headers' : 'forwardHeaders']
  const forwardHeaders = resolveForwarded(forwarded, at, findings)
  return {
    ...(credentials.length > 0 && { credentials: Object.fromEntries(credentials) }),
    ...(forwardHeaders && { forwardHeaders }),
    ...(entry.strictAuth === true && { strictAuth: true }),
  }
}

function resolveCredential(given: CredentialEntry, path: Path, findings: Findings): Credential | undefined {
  if (typeof given === 'string') {
    checkSecret(given, path, findings)
    return { kind: 'value', value: given }
  }
  const kinds = [
    ['username', 'password'],
    ['clientId', 'clientSecret', 'tokenUrl', 'scopes', 'audience', 'auth'],
    ['fromHeader'],
  ] as const
  const used = kinds.filter(keys => keys.some(key => given[key] !== undefined))
  if (used.length !== 1) {
    findings.problem(
      path,
      'needs one of: a text, "username" with "password", "clientId" with "clientSecret", "fromHeader".',
    )
    return undefined
  }
  if (given.fromHeader !== undefined) {
    checkHeaderName(given.fromHeader, [...path, 'fromHeader'], findings)
    return { kind: 'header', name: given.fromHeader.toLowerCase() }
  }
  if (given.username !== undefined || given.password !== undefined) return resolveLogin(given, path, findings)
  return resolveClient(given, path, findings)
}

type CredentialObject = Exclude<CredentialEntry, string>

function resolveLogin(given: CredentialObject, path: Path, findings: Findings): Credential | undefined {
  const { username, password } = given
  if (username === undefined || password === undefined) {
    findings.problem(path, 'needs both "username" and "password".')
    return undefined
  }
  // The first colon ends the user (RFC 7617, section 2). An empty password is common: API keys are sent as the user.
  if (username.includes(':')) findings.problem([...path, 'username'], 'must not hold a colon.')
  checkSecret(username, [...path, 'username'], findings)
  if (password !== '') checkSecret(password, [...path, 'password'], findings)
  return { kind: 'login', username, password }
}

function resolveClient(given: CredentialObject, path: Path, findings: Findings): Credential | undefined {
  const { clientId, clientSecret, tokenUrl, scopes, audience } = given
  if (clientId === undefined || clientSecret === undefined) {
    findings.problem(path, 'needs both "clientId" and "clientSecret".')
    return undefined
  }
  checkSecret(clientId, [...path, 'clientId'], findings)
  checkSecret(clientSecret, [...path, 'clientSecret'], findings)
  if (tokenUrl !== undefined) checkTokenUrl(tokenUrl, [...path, 'tokenUrl'], findings)
  const client: ClientCredential = {
    clientId,
    clientSecret,
    ...(tokenUrl !== undefined && { tokenUrl }),
    ...(scopes !== undefined && { scopes: typeof scopes === 'string' ? scopes.split(/\s+/).filter(Boolean) : scopes }),
    ...(audience !== undefined && { audience }),
    auth: given.auth ?? 'basic',
  }
  return { kind: 'client', ...client }
}

function checkSecret(value: string, path: Path, findings: Findings): void {
  if (value.trim() === '') findings.problem(path, 'must not be empty.')
  else if (/\p{Cc}/u.test(value)) findings.problem(path, 'holds a line break or another control character.')
}

/** A secret is sent there, so it is never sent in the clear across a network. */
function checkTokenUrl(text: string, path: Path, findings: Findings): void {
  checkUrl(text, path, findings)
  const url = URL.parse(text)
  if (url?.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    findings.problem(path, 'must be https: a secret is sent there. http is for loopback only.')
  }
}

function resolveForwarded(
  given: boolean | readonly string[] | undefined,
  path: Path,
  findings: Findings,
): true | readonly string[] | undefined {
  if (given === undefined || typeof given === 'boolean') return given || undefined
  for (const [index, name] of given.entries()) checkHeaderName(name, [...path, index], findings)
  return [...new Set(given.map(name => name.toLowerCase()))]
}

/** What the connection, the body or the gateway's own callers are told apart by is never passed on. */
function checkHeaderName(name: string, path: Path, findings: Findings): void {
  if (!isHeaderName(name)) findings.problem(path, 'is no name for a header.')
  else if (isNeverPassedOn(name)) findings.problem(path, 'names a header that is never passed on.')
}
