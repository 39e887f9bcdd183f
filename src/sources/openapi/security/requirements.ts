import { isObject } from '../../../core/json.ts'
import { splitPointer } from '../document/resolve-ref.ts'

/** Schemes that are asked for together, by name, and of each the scopes that a token of it needs. */
export type Requirement = ReadonlyMap<string, readonly string[]>

/**
 * What an operation asks for: any one of the alternatives, and of that one every scheme. No alternative, or an empty one:
 * it may be called without credentials.
 */
export type Alternatives = readonly Requirement[]

/** The alternative that was chosen. `missing` is empty when all of its schemes have a credential. */
export type Choice = Readonly<{ schemes: Requirement; missing: readonly string[] }>

/**
 * Reads a `security` array (OpenAPI 3.1, Security Requirement Object; the same in 2.0).
 *
 * @returns undefined when there is none, so that what stands above it holds
 */
export function readRequirements(raw: unknown): Alternatives | undefined {
  if (!Array.isArray(raw)) return undefined
  return raw
    .filter(isObject)
    .map(each => new Map(Object.entries(each).map(([name, scopes]) => [nameOf(name), readScopes(scopes)])))
}

/** A scheme may also be named by where it stands in the document (OpenAPI 3.2, Security Requirement Object). */
function nameOf(written: string): string {
  const [first, second, name, ...rest] = splitPointer(written) ?? []
  return first === 'components' && second === 'securitySchemes' && rest.length === 0 ? (name ?? written) : written
}

/** Real ones have some ten. */
const maxScopes = 100

/** What no scope may be is none (RFC 6749, section 3.3). */
function readScopes(raw: unknown): readonly string[] {
  const scopes = Array.isArray(raw) ? raw.filter(each => typeof each === 'string' && scope.test(each)) : []
  return [...new Set<string>(scopes)].sort().slice(0, maxScopes)
}

const scope = /^[\x21\x23-\x5b\x5d-\x7e]{1,300}$/

/**
 * Chooses the first alternative whose every scheme has a credential. One without schemes comes last, wherever it
 * stands: where credentials are optional, those that there are get sent.
 *
 * Where none can be met, it is the one that lacks least, so that an API whose document asks for too much still gets
 * what there is.
 *
 * @param has - tells whether a scheme of that name has a credential for this call
 */
export function chooseRequirement(alternatives: Alternatives, has: (name: string) => boolean): Choice {
  const ordered = [...alternatives.filter(each => each.size > 0), ...alternatives.filter(each => each.size === 0)]
  let best: Choice | undefined
  for (const asked of ordered) {
    const missing = [...asked.keys()].filter(name => !has(name))
    if (best === undefined || missing.length < best.missing.length) {
      best = { schemes: new Map([...asked].filter(([name]) => has(name))), missing }
    }
    if (missing.length === 0) break
  }
  return best ?? { schemes: new Map(), missing: [] }
}
