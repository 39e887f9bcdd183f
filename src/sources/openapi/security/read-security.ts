import type { JsonObject } from '../../../core/json.ts'
import type { Parameter } from '../document/operation.ts'
import { explainRef, resolveRef } from '../document/resolve-ref.ts'
import type { Warn } from '../document/warning.ts'
import type { Alternatives } from './requirements.ts'
import { readRequirements } from './requirements.ts'
import type { SecurityScheme } from './schemes.ts'
import { quoteName, readSchemes } from './schemes.ts'

/** What a document says of credentials as a whole. Plain data, which crosses threads and is kept in files. */
export type DocumentSecurity = Readonly<{
  schemes: ReadonlyMap<string, SecurityScheme>
  /** What its operations ask for that say nothing of their own; absent where it never says. */
  alternatives?: Alternatives
}>

/**
 * What one operation says that it asks for. `also` are schemes that it asks for by a parameter of its own; without
 * `alternatives` what the document says holds.
 */
export type AskedSecurity = Readonly<{ alternatives?: Alternatives; also: readonly string[] }>

/** The security of a document and its operations, as far as the document decides it. */
export type ReadSecurity = Readonly<{
  said: DocumentSecurity
  /** True for a parameter that carries a credential, and so is not for a model to see or to fill. */
  hides: (parameter: Pick<Parameter, 'name' | 'place'>) => boolean
  /** @param security - the operation's own, unread; undefined where the document's holds */
  of: (operation: Readonly<{ security?: unknown; parameters: readonly Parameter[] }>) => AskedSecurity
}>

/** One object for all operations that say nothing of their own. */
const nothing: AskedSecurity = { also: [] }

/**
 * Reads what a document says of credentials. Pure.
 *
 * @param warn - is told of schemes that cannot be used, and of those that an operation asks for and nobody defines
 */
export function readSecurity(document: JsonObject, warn: Warn): ReadSecurity {
  const schemes = readSchemes(document, warn)
  const asked = resolveRef(document, document.security)
  if (!asked.ok) warn(`The document's "security" cannot be read: ${explainRef(asked)}`, 'SCHEME_INVALID', '#/security')
  const root = asked.ok ? readRequirements(asked.value) : undefined
  const carriers = carriersOf(schemes)
  const told = new Set<string>()
  return {
    said: { schemes, ...(root && { alternatives: root }) },
    hides: parameter => carriers.has(keyOf(parameter)),
    of: ({ security, parameters }) => {
      const own = readRequirements(security)
      for (const name of (own ?? root ?? []).flatMap(each => [...each.keys()])) {
        if (schemes.has(name) || told.has(name)) continue
        told.add(name)
        warn(
          `The document asks for the security scheme ${quoteName(name)}, which it does not define.`,
          'SCHEME_UNDEFINED',
        )
      }
      const also = parameters.flatMap(parameter => carriers.get(keyOf(parameter)) ?? [])
      return also.length === 0 && own === undefined ? nothing : { ...(own && { alternatives: own }), also }
    },
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
