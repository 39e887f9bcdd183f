import { cleanText } from '../document/clean-text.ts'
import type { Warn } from '../document/warning.ts'
import { createTrust } from '../egress/trust.ts'
import type { Grant, GrantContext, SecurityConfig } from './grants.ts'
import { grantOf } from './grants.ts'
import type { AskedSecurity, DocumentSecurity } from './read-security.ts'
import type { Alternatives } from './requirements.ts'
import type { SecurityScheme } from './schemes.ts'
import { quoteName } from './schemes.ts'
import { secretsOf } from './secrets.ts'

/** One scheme of a document, for people: never a value. */
export type SchemePreview = Readonly<{
  name: string
  type: SecurityScheme['type']
  /** For `http`. */
  scheme?: string
  /** For `apiKey`. */
  in?: string
  /** The configuration has what it takes, or says in which header the caller brings it. */
  satisfied: boolean
  /** Where the credential comes from, or what to do. */
  how: string
}>

/** How the schemes of a document are met: made once, read by every call. */
export type SecurityPlan = Readonly<{
  grants: ReadonlyMap<string, Grant>
  /** Configured values that must not show up anywhere, the longest first. */
  secrets: readonly string[]
  /** Whether the caller's headers matter at all. */
  readsCaller: boolean
}>

/** What one operation asks for. `also` are schemes that it asks for by a parameter of its own. */
export type OperationSecurity = Readonly<{ alternatives: Alternatives; also: readonly string[] }>

/** Joins the security schemes of a document with what the configuration gives for them. */
export type Security = Readonly<{
  plan: SecurityPlan
  preview: readonly SchemePreview[]
  /** What an operation asks for, once it is known what holds for those that say nothing. */
  of: (asked: AskedSecurity) => OperationSecurity
}>

/** What a credential's place is decided by, besides the document: where that came from, and where its calls go. */
type Surroundings = Readonly<{
  /** Where the document was fetched from. */
  documentUrl: string | undefined
  /** The base URL of the API as a whole. */
  base: URL | undefined
  /** What of the entry's URLs must not show up anywhere. */
  urlSecrets: readonly string[]
  /** Is told of credentials that fit no scheme. */
  warn: Warn
}>

/** Decides where the credential of each security scheme of a document comes from. Pure; sends nothing. */
export function planSecurity(
  { schemes, alternatives }: DocumentSecurity,
  config: SecurityConfig,
  { documentUrl, base, urlSecrets, warn }: Surroundings,
): Security {
  const context: GrantContext = {
    config,
    base,
    // What matters of it, the servers of operations, is told where these are read.
    allows: createTrust(config, { home: base, documentUrl, warn: () => {} }),
    ...(documentUrl !== undefined && { documentUrl }),
  }
  const grants = new Map([...schemes].map(([name, scheme]) => [name, grantOf(scheme, context)] as const))
  warnOfCredentials(config, grants, warn)
  const root = alternatives ?? unsaid(config, grants)
  /** One object for all operations that say nothing of their own. */
  const asRoot: OperationSecurity = { alternatives: root, also: [] }
  return {
    plan: {
      grants,
      secrets: secretsOf(config, urlSecrets),
      readsCaller: config.forwardHeaders !== undefined || [...grants.values()].some(({ kind }) => kind === 'caller'),
    },
    preview: [...schemes.values()].map(scheme => describe(scheme, grants.get(scheme.name))),
    of: ({ alternatives: own, also }) =>
      own === undefined && also.length === 0 ? asRoot : { alternatives: own ?? root, also },
  }
}

/** A document that never says what it needs gets what the operator configured for its schemes; nothing is missing. */
function unsaid({ credentials = {} }: SecurityConfig, grants: ReadonlyMap<string, Grant>): Alternatives {
  const configured = [...grants.keys()].filter(name => Object.hasOwn(credentials, name))
  return configured.length === 0 ? [] : [new Map(configured.map(name => [name, []])), new Map()]
}

function warnOfCredentials({ credentials = {} }: SecurityConfig, grants: ReadonlyMap<string, Grant>, warn: Warn): void {
  const known = [...grants.keys()].slice(0, 20).map(quoteName).join(', ')
  for (const name of Object.keys(credentials)) {
    const grant = grants.get(name)
    if (grant?.kind === 'none')
      warn(`credentials[${quoteName(name)}] has no effect: ${grant.why}.`, 'CREDENTIAL_UNUSED')
    if (grant !== undefined) continue
    const names = known === '' ? 'it has none' : `it has ${known}`
    warn(`credentials[${quoteName(name)}] names no security scheme of the document; ${names}.`, 'CREDENTIAL_UNUSED')
  }
}

function describe(scheme: SecurityScheme, grant: Grant | undefined): SchemePreview {
  return {
    name: cleanText(scheme.name, 200),
    type: scheme.type,
    ...(scheme.type === 'http' && { scheme: scheme.scheme }),
    ...(scheme.type === 'apiKey' && { in: scheme.in }),
    satisfied: grant !== undefined && grant.kind !== 'none',
    how: grant === undefined ? '' : grant.kind === 'none' ? grant.why : grant.how,
  }
}
