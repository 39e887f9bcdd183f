import type { Authorisation } from './authorise.ts'
import type { Grant } from './grants.ts'
import { quoteName } from './schemes.ts'
import type { SecurityPlan } from './security-plan.ts'

/** One sentence about the credentials of a call, for a model and the people behind it: names, never values. */
export function explainAuthorisation(
  { applied, missing, isElsewhere }: Pick<Authorisation, 'applied' | 'missing' | 'isElsewhere'>,
  { grants }: Pick<SecurityPlan, 'grants'>,
): string {
  if (isElsewhere)
    return 'No credentials were sent, since this operation goes to another host than the rest of the API.'
  if (missing.length > 0) {
    const remedies = missing.map(name => remedyFor(name, grants.get(name)))
    return `Credentials are missing for ${list(missing)}: ${remedies.join('; ')}.`
  }
  return applied.length === 0
    ? 'No credentials were sent, since the document asks for none.'
    : `Credentials were sent for ${list(applied)}.`
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(quoteName).join(', ')
  return `the security scheme${names.length > 1 ? 's' : ''} ${shown}${names.length > 5 ? ', ...' : ''}`
}

function remedyFor(name: string, grant: Grant | undefined): string {
  if (grant === undefined) return `the document does not define ${quoteName(name)}`
  if (grant.kind === 'none') return grant.why
  return grant.kind === 'caller' || grant.kind === 'passed' ? `send it as ${grant.how}` : `check ${grant.how}`
}
