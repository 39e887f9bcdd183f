import type { JsonObject } from '../../../core/json.ts'
import { cleanText } from '../document/clean-text.ts'
import type { Parameter } from '../document/operation.ts'
import { createTrust } from '../egress/trust.ts'
import type { Grant, GrantContext, SecurityConfig } from './grants.ts'
import { grantOf } from './grants.ts'
import type { Alternatives } from './requirements.ts'
import { readRequirements } from './requirements.ts'
import type { SecurityScheme } from './schemes.ts'
import { quoteName, readSchemes } from './schemes.ts'
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

/** How the schemes of a document are met: made once, read by every call. Plain data, which crosses threads. */
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
  /** True for a parameter that carries a credential, and so is not for a model to see or to fill. */
  hides: (parameter: Pick<Parameter, 'name' | 'place'>) => boolean
  /** @param security - the operation's own, unread; undefined where the document's holds */
  of: (operation: Readonly<{ security?: unknown; parameters: readonly Parameter[] }>) => OperationSecurity
}>

/**
 * Reads the security schemes of a document and decides where the credential of each comes from. Pure; sends nothing.
 *
 * @param base - the base URL of the API as a whole
 * @param warn - is told of schemes that cannot be used, and of credentials that fit none
 */
export function planSecurity(
  from: Readonly<{ document: JsonObject; url?: string }>,
  config: SecurityConfig,
  base: URL | undefined,
  warn: (warning: string) => void,
): Security {
  const schemes = readSchemes(from.document, warn)
  const context: GrantContext = {
    config,
    base,
    // What matters of it, the servers of operations, is told where these are read.
    allows: createTrust(config, { home: base, documentUrl: from.url, warn: () => {} }),
    ...(from.url !== undefined && { documentUrl: from.url }),
  }
  const grants = new Map([...schemes].map(([name, scheme]) => [name, grantOf(scheme, context)] as const))
  warnOfCredentials(config, grants, warn)
  const root = readRequirements(from.document.security) ?? unsaid(config, grants)
  /** One object for all operations that say nothing of their own. */
  const asRoot: OperationSecurity = { alternatives: root, also: [] }
  const carriers = carriersOf(schemes)
  const told = new Set<string>()
  return {
    plan: {
      grants,
      secrets: secretsOf(config),
      readsCaller: config.forwardHeaders !== undefined || [...grants.values()].some(({ kind }) => kind === 'caller'),
    },
    preview: [...schemes.values()].map(scheme => describe(scheme, grants.get(scheme.name))),
    hides: parameter => carriers.has(keyOf(parameter)),
    of: ({ security, parameters }) => {
      const alternatives = readRequirements(security) ?? root
      for (const name of alternatives.flat()) {
        if (schemes.has(name) || told.has(name)) continue
        told.add(name)
        warn(`The document asks for the security scheme ${quoteName(name)}, which it does not define.`)
      }
      const also = parameters.flatMap(parameter => carriers.get(keyOf(parameter)) ?? [])
      return also.length === 0 && alternatives === root ? asRoot : { alternatives, also }
    },
  }
}

/** A document that never says what it needs gets what the operator configured for its schemes; nothing is missing. */
function unsaid({ credentials = {} }: SecurityConfig, grants: ReadonlyMap<string, Grant>): Alternatives {
  const configured = [...grants.keys()].filter(name => Object.hasOwn(credentials, name))
  return configured.length === 0 ? [] : [configured, []]
}

function warnOfCredentials(
  { credentials = {} }: SecurityConfig,
  grants: ReadonlyMap<string, Grant>,
  warn: (warning: string) => void,
): void {
  const known = [...grants.keys()].slice(0, 20).map(quoteName).join(', ')
  for (const name of Object.keys(credentials)) {
    const grant = grants.get(name)
    if (grant?.kind === 'none') warn(`credentials[${quoteName(name)}] has no effect: ${grant.why}.`)
    if (grant !== undefined) continue
    const names = known === '' ? 'it has none' : `it has ${known}`
    warn(`credentials[${quoteName(name)}] names no security scheme of the document; ${names}.`)
  }
}

/** The parameters of operations that would carry the key of a scheme, and the names of these schemes. */
function carriersOf(schemes: ReadonlyMap<string, SecurityScheme>): ReadonlyMap<string, readonly string[]> {
  const carriers = new Map<string, readonly string[]>()
  for (const scheme of schemes.values()) {
    if (scheme.type !== 'apiKey') continue
    const key = keyOf({ name: scheme.parameter, place: scheme.in })
    carriers.set(key, [...(carriers.get(key) ?? []), scheme.name])
  }
  return carriers
}

function keyOf({ name, place }: Pick<Parameter, 'name' | 'place'>): string {
  return `${place} ${place === 'header' ? name.toLowerCase() : name}`
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
