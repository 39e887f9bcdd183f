import { isObject } from '../../../core/json.ts'

/**
 * What an operation asks for: any one of the alternatives, and of that one every scheme, by name. No alternative, or an
 * empty one: it may be called without credentials.
 */
export type Alternatives = readonly (readonly string[])[]

/** The alternative that was chosen. `missing` is empty when all of its schemes have a credential. */
export type Choice = Readonly<{ schemes: readonly string[]; missing: readonly string[] }>

/**
 * Reads a `security` array (OpenAPI 3.1, Security Requirement Object; the same in 2.0).
 *
 * @returns undefined when there is none, so that what stands above it holds
 */
export function readRequirements(raw: unknown): Alternatives | undefined {
  if (!Array.isArray(raw)) return undefined
  return raw.filter(isObject).map(each => Object.keys(each))
}

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
  const ordered = [...alternatives.filter(each => each.length > 0), ...alternatives.filter(each => each.length === 0)]
  let best: Choice | undefined
  for (const names of ordered) {
    const missing = names.filter(name => !has(name))
    if (best === undefined || missing.length < best.missing.length) {
      best = { schemes: names.filter(has), missing }
    }
    if (missing.length === 0) break
  }
  return best ?? { schemes: [], missing: [] }
}
