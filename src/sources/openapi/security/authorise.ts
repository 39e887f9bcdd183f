import { spellings } from '../../../core/secrets.ts'
import type { Part } from './credentials.ts'
import { tokenPart, toPart } from './credentials.ts'
import type { CallerHeaders } from './forwarded-headers.ts'
import type { Grant } from './grants.ts'
import type { Tokens } from './oauth-token.ts'
import { chooseRequirement } from './requirements.ts'
import type { OperationSecurity, SecurityPlan } from './security-plan.ts'
import type { TokenClient } from './token-client.ts'

/** The credentials of one call, gathered. */
export type Authorisation = Readonly<{
  parts: readonly Part[]
  /** Names of the schemes that have a credential in this call, in `parts` or in what is sent anyway. */
  applied: readonly string[]
  /** Names of the schemes that were asked for and have none. */
  missing: readonly string[]
  /** The tokens in `parts` that were fetched, and so may be fetched anew. */
  tokens: readonly Readonly<{ client: TokenClient; token: string }>[]
  /** Values that came with this call and must not be repeated in its errors. */
  secrets: readonly string[]
  /** The call goes to another origin than the API's own, so that it gets nothing. */
  isElsewhere: boolean
}>

/** Where the values of one call come from. */
export type AuthoriseContext = Readonly<{
  /** The call goes where credentials may go with it. */
  isTrusted: boolean
  /** All that the caller sent; empty where it does not matter. */
  caller: CallerHeaders
  /** Those of them that are passed on. */
  forwarded: CallerHeaders
  tokens: Tokens
  signal: AbortSignal
}>

const nothing: Authorisation = { parts: [], applied: [], missing: [], tokens: [], secrets: [], isElsewhere: false }

/**
 * Chooses what one call is sent with, and fetches what is not there yet.
 *
 * @throws TokenProblem, or GatewayError `CANCELLED`
 */
export function authorise(
  plan: SecurityPlan,
  security: OperationSecurity,
  context: AuthoriseContext,
): Authorisation | Promise<Authorisation> {
  const asksNothing = security.alternatives.length === 0 && security.also.length === 0
  // What most documents are: nothing is asked for, and nothing of the caller's goes along.
  return asksNothing && context.isTrusted && !plan.readsCaller ? nothing : gather(plan, security, context)
}

async function gather(
  plan: SecurityPlan,
  { alternatives, also }: OperationSecurity,
  context: AuthoriseContext,
): Promise<Authorisation> {
  const isElsewhere = !context.isTrusted
  const callerSecrets = isElsewhere || !plan.readsCaller ? [] : valuesFor(plan, context)
  if (alternatives.length === 0 && also.length === 0) return { ...nothing, secrets: callerSecrets, isElsewhere }
  const has = (name: string) => !isElsewhere && isGiven(plan.grants.get(name), context)
  const { schemes, missing } = chooseRequirement(alternatives, has)
  const names = [...new Set([...schemes.keys(), ...also.filter(has)])]
  const parts: Part[] = []
  const tokens: { client: TokenClient; token: string }[] = []
  const places = new Set<string>()
  for (const name of names) {
    const grant = plan.grants.get(name)
    if (grant?.kind === 'token') {
      const client = withScopes(grant, schemes.get(name) ?? [])
      tokens.push({ client, token: await context.tokens.get(client, context.signal) })
    }
    const part = grant && partOf(grant, context.caller, tokens.at(-1)?.token)
    // Two schemes of one requirement that want the same header: the first one named has it.
    if (part === undefined || places.has(`${part.place} ${part.name}`)) continue
    places.add(`${part.place} ${part.name}`)
    parts.push(part)
  }
  const secrets = [...callerSecrets, ...spellings(tokens.map(({ token }) => token))]
  return { parts, applied: names, missing, tokens, secrets, isElsewhere }
}

/** What other schemes list beside their name are roles, which no token is asked for (OpenAPI 3.1, Security Requirement Object). */
function withScopes({ scheme, client }: Grant & { kind: 'token' }, scopes: readonly string[]): TokenClient {
  const hasScopes = scheme.type === 'oauth2' || scheme.type === 'openIdConnect'
  return hasScopes && scopes.length > 0 && client.scopes === undefined ? { ...client, needs: scopes } : client
}

/** Tells whether the credential of a grant is there in this call; that of a token is, until it turns out otherwise. */
function isGiven(grant: Grant | undefined, { caller, forwarded }: AuthoriseContext): boolean {
  switch (grant?.kind) {
    case undefined:
    case 'none':
      return false
    case 'caller':
      return partOf(grant, caller) !== undefined
    case 'passed':
      return Object.hasOwn(forwarded, grant.header)
    case 'part':
    case 'token':
    case 'standing':
      return true
  }
}

function partOf(grant: Grant, caller: CallerHeaders, token?: string): Part | undefined {
  if (grant.kind === 'part') return grant.part
  if (grant.kind === 'token') return token === undefined ? undefined : tokenPart(grant.scheme, token)
  if (grant.kind !== 'caller') return undefined
  const value = Object.hasOwn(caller, grant.header) ? caller[grant.header]?.trim() : undefined
  return value === undefined || value === '' ? undefined : toPart(grant.scheme, value)
}

/** What of the caller's own goes upstream: the API may repeat it. */
function valuesFor({ grants }: SecurityPlan, { caller, forwarded }: AuthoriseContext): readonly string[] {
  const named = [...grants.values()].flatMap(grant => (grant.kind === 'caller' ? [caller[grant.header] ?? ''] : []))
  return spellings([...Object.values(forwarded), ...named])
}
