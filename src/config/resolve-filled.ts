import type { SourceConfig } from '../core/source-config.ts'
import { isUrl } from '../core/url.ts'
import type { EntryPlace } from './checks.ts'
import type { SourceEntry } from './source-schema.ts'

/**
 * What variables filled in where a secret often stands though nobody calls it one: into the URLs of an entry, and into the
 * arguments of its program. A document on disk is named as it is.
 */
export function resolveFilled(
  entry: SourceEntry,
  kind: SourceConfig['kind'],
  { path, filledAt }: EntryPlace,
): Pick<SourceConfig, 'filled'> {
  const filled = [...new Set(placesOf(entry, kind).flatMap(place => filledAt([...path, ...place])))]
  return filled.length === 0 ? {} : { filled }
}

function placesOf(entry: SourceEntry, kind: SourceConfig['kind']): readonly (readonly string[])[] {
  if (kind === 'stdio') return [['args']]
  if (kind === 'remote') return [['url']]
  const documents = (['openapi', 'spec_path'] as const).filter(key => isUrl(String(entry[key])))
  const tokenUrls = Object.keys(entry.credentials ?? {}).map(name => ['credentials', name, 'tokenUrl'])
  return [['baseUrl'], ['url'], ['serverVariables'], ...documents.map(key => [key]), ...tokenUrls]
}
