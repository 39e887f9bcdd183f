import type { Catalog, CatalogEntry, Endpoint } from '../core/catalog.ts'
import { findEndpoint } from '../core/catalog.ts'
import type { Access } from '../core/policy.ts'
import { allows } from '../core/policy.ts'
import type { Permits } from '../core/tool-source.ts'

/** What a caller may use of the tools behind a gate: what its patterns say of their public names. */
export function permitsBehind({ sourceId, gate = '' }: CatalogEntry, access: Access): Permits {
  return ({ key, name }) => allows(access, { sourceId, key, name: gate + name })
}

/** The sources that a list of sources and groups names; a name that is neither stands for nothing. */
export function narrow(catalog: Catalog, names: readonly string[]): Access {
  const sources = names.flatMap(name => {
    const endpoint = findEndpoint(catalog, name)
    return (endpoint && idsOf(endpoint)) ?? []
  })
  return { sources }
}

/** The sources of an endpoint; undefined for all. */
export function idsOf(endpoint: Endpoint): readonly string[] | undefined {
  if (endpoint.kind === 'all') return undefined
  return endpoint.kind === 'source' ? [endpoint.id] : endpoint.ids
}
