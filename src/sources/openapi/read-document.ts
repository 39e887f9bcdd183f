import { hideSecrets, showUrl } from '../../core/secrets.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import type { SourceTool } from '../../core/tool-source.ts'
import type { BaseUrls } from './document/base-url.ts'
import { readBaseUrls } from './document/base-url.ts'
import type { SkippedOperation } from './document/operation.ts'
import type { DocumentWarning } from './document/warning.ts'
import { gatherWarnings } from './document/warning.ts'
import type { DocumentExtract, ExtractConfig, ExtractedCall } from './document-extract.ts'
import { maxWarnings } from './document-extract.ts'
import { createTrust, holdHome } from './egress/trust.ts'
import type { SecurityConfig } from './security/grants.ts'
import { urlSecretsOf } from './security/secrets.ts'
import type { OperationSecurity, SchemePreview, Security, SecurityPlan } from './security/security-plan.ts'
import { planSecurity } from './security/security-plan.ts'
import type { LegalArguments } from './tool/make-tool.ts'

/** What a document offers, for people: before a source is saved, and in its details afterwards. */
export type DocumentPreview = Readonly<{
  /** `info.title`, without invisible characters. */
  title?: string
  tools: readonly SourceTool[]
  skipped: readonly SkippedOperation[]
  /** What was left out or looks wrong, at most 100, besides what a check found. */
  warnings: readonly DocumentWarning[]
  /** Base URLs that can be used, the one in use first. */
  servers: readonly string[]
  /** The ways in which the document lets callers say who they are, and which of them the configuration has. */
  securitySchemes: readonly SchemePreview[]
}>

/** A document read whole: the preview, and what each call needs. It holds no reference to the document itself. */
export type ReadDocument = DocumentPreview &
  Readonly<{
    /** By the keys of the tools. Made when somebody asks for it, which a list does not. */
    calls: ReadonlyMap<string, OperationCall>
    security: SecurityPlan
    /** The URLs of the files that were joined to the document, `file:` or http(s); absent when there are none. */
    files?: readonly string[]
  }>

/** What a call needs of its operation. */
export type OperationCall = Omit<ExtractedCall, 'ownServers' | 'security'> &
  Pick<LegalArguments, 'inputSchema'> &
  Readonly<{
    baseUrls: BaseUrls
    /** It goes where the configured headers, and any credential, may go with it. */
    isTrusted: boolean
    /** By its method, or by what its override says of it: carried out twice, it does what it does once. */
    isIdempotent: boolean
    security: OperationSecurity
  }>

/** What of an entry decides what its document gives. */
export type DocumentConfig = Pick<
  OpenApiConfig,
  | 'document'
  | 'baseUrl'
  | 'server'
  | 'serverVariables'
  | 'arrayFormat'
  | 'schemaMode'
  | 'outputSchemas'
  | 'allowHosts'
  | 'tls'
  | 'externalRefs'
  | 'include'
  | 'exclude'
  | 'readOnly'
  | 'overrides'
  | 'filled'
> &
  SecurityConfig

/** Where a document came from. `before`: the base URL that it named first, which its trust is held to; see {@link holdHome}. */
export type DocumentOrigin = Readonly<{ url?: string; before?: string }>

/** What of an entry its extract is made with. `headers` and `forwardHeaders` are set on every call, so they are hidden. */
export function toExtractConfig(config: Omit<DocumentConfig, 'document'>): ExtractConfig {
  const { arrayFormat, schemaMode, outputSchemas, include, exclude, readOnly, overrides } = config
  const forwarded = config.forwardHeaders === true ? [] : (config.forwardHeaders ?? [])
  const hidden = [...Object.keys(config.headers), ...forwarded].map(name => name.toLowerCase())
  return {
    hiddenHeaders: [...new Set(hidden)].sort(),
    ...(arrayFormat !== undefined && { arrayFormat }),
    ...(schemaMode !== undefined && { schemaMode }),
    ...(outputSchemas !== undefined && { outputSchemas }),
    ...(include && { include }),
    ...(exclude && { exclude }),
    ...(readOnly !== undefined && { readOnly }),
    ...(overrides && { overrides }),
  }
}

/**
 * Decides where the calls of a document go and with which credentials. Pure, and quick: all that takes time is in the
 * extract, which knows none of it.
 */
export function completeDocument(
  extract: DocumentExtract,
  config: Omit<DocumentConfig, 'document'>,
  { url, before }: DocumentOrigin,
): ReadDocument {
  const { warn, all: ownWarnings } = gatherWarnings()
  const from = { document: extract.servers, ...(url !== undefined && { url }) }
  const rootUrls = readBaseUrls(from, config)
  for (const problem of rootUrls.problems) warn(problem, 'SERVER_UNUSABLE')
  const ownUrls = extract.ownServers.map(servers => readBaseUrls(from, config, servers))
  const { servers: listed } = extract.servers
  // A document of the operator's own may say at its paths alone where its calls go: the first of them is the API itself.
  const saysAtPaths = url === undefined && config.server === undefined && Array.isArray(listed) && listed.length === 0
  const named =
    rootUrls.usable[0] ?? (saysAtPaths ? ownUrls.find(each => each.usable.length > 0)?.usable[0] : undefined)
  const home = holdHome(named, before)
  const isTrusted = createTrust(config, { home, documentUrl: url, warn })
  const all = [rootUrls, ...ownUrls]
  const urlSecrets = urlSecretsOf(
    config,
    url,
    all.flatMap(({ usable }) => usable.map(({ href }) => href)),
  )
  const security = planSecurity(extract.security, config, { documentUrl: url, base: home, urlSecrets, warn })
  // Of all of them at once: what is to be said about them is said before anyone calls.
  const targets = all.map((baseUrls): Target => ({ baseUrls, isTrusted: isTrusted(baseUrls.usable[0]) }))
  let calls: ReadDocument['calls'] | undefined
  const { title, tools, skipped, files } = extract
  return {
    ...(title !== undefined && { title }),
    tools,
    skipped: hideReasons(skipped, urlSecrets),
    warnings: hideReasons(joinWarnings(ownWarnings(), extract), urlSecrets),
    servers: rootUrls.usable.map(each => showServer(each, config.baseUrl === undefined, urlSecrets)),
    securitySchemes: security.preview,
    get calls() {
      calls ??= completeCalls(extract, targets, security)
      return calls
    },
    security: security.plan,
    ...(files && { files }),
  }
}

/** What an operator writes into the query of a base URL is a key as often as not; what a document names anyone may see. */
function showServer(url: URL, isOfDocument: boolean, secrets: readonly string[]): string {
  if (!isOfDocument) return showUrl(url, secrets)
  return url.origin + hideSecrets(url.href.slice(url.origin.length), secrets, '***')
}

/** Reasons name files of the document, and these may lie beside it under a path that is a key. */
function hideReasons<Item extends Readonly<{ reason: string }>>(
  items: readonly Item[],
  secrets: readonly string[],
): readonly Item[] {
  if (secrets.length === 0) return items
  return items.map(item => ({ ...item, reason: hideSecrets(item.reason, secrets, '***') }))
}

/** Where a call goes, and whether what is configured may go with it. */
type Target = Pick<OperationCall, 'baseUrls' | 'isTrusted'>

/** @param targets - that of the document, and then those of `ownServers` */
function completeCalls(extract: DocumentExtract, targets: readonly Target[], { of }: Security): ReadDocument['calls'] {
  const calls = new Map<string, OperationCall>()
  for (const { key, tool } of extract.tools) {
    const extracted = extract.calls.get(key)
    if (extracted === undefined) continue
    const { ownServers = -1, security, ...call } = extracted
    const target = targets[ownServers + 1]
    if (target === undefined) continue
    const { inputSchema, annotations } = tool
    const isIdempotent = annotations?.idempotentHint === true
    calls.set(key, { ...call, ...target, inputSchema, isIdempotent, security: of(security) })
  }
  return calls
}

/** What the entry can mend comes first: it must not get lost among what is wrong with a document. */
function joinWarnings(
  own: readonly DocumentWarning[],
  { warnings, moreWarnings, findings = [] }: Pick<DocumentExtract, 'warnings' | 'moreWarnings' | 'findings'>,
): readonly DocumentWarning[] {
  const all = [...own, ...warnings.filter(({ reason }) => own.every(each => each.reason !== reason))]
  const count = all.length + moreWarnings
  const first = count <= maxWarnings ? all : all.slice(0, maxWarnings - 1)
  const more: DocumentWarning = { code: 'MORE', reason: `And ${count - first.length} more warnings.` }
  const found = findings.map((finding): DocumentWarning => ({ code: 'LINT', reason: `Lint: ${finding}` }))
  return [...first, ...(count <= maxWarnings ? [] : [more]), ...found]
}
