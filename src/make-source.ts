import type { Config } from './config/config.ts'
import { watchFile } from './config/watch-file.ts'
import type { JsonObject } from './core/json.ts'
import type { SourceConfig } from './core/source-config.ts'
import { namePrefixes } from './core/tool-name.ts'
import type { ToolSource } from './core/tool-source.ts'
import type { Log } from './observe/log.ts'
import { mcpSource } from './sources/mcp/mcp-source.ts'
import { openApiSource } from './sources/openapi/open-api-source.ts'
import { withSearch } from './sources/with-search.ts'

/** What a source is made with besides its entry. `watch`: follow its document. */
export type SourceSurroundings = Readonly<{
  config: () => Config
  clientInfo: JsonObject
  log: Log['write']
  watch: boolean
  /** What the public names of a source begin with; undefined before the first catalog. */
  prefixOf: (id: string) => string | undefined
}>

/** Makes the source of an entry, offered as its entry says: as it is, or behind search. */
export function makeSource(entry: SourceConfig, surroundings: SourceSurroundings): ToolSource {
  return putBehindSearch(open(entry, surroundings), entry, surroundings)
}

/** The one place that knows which kind of entry becomes which source. */
function open(entry: SourceConfig, { config, clientInfo, log, watch }: SourceSurroundings): ToolSource {
  const { limits } = config()
  if (entry.kind !== 'openapi') return mcpSource(entry, { limits, clientInfo, log })
  return openApiSource(entry, {
    limits,
    sourceIds: () => config().sources.map(({ id }) => id),
    log: (level, message, detail) => log(level, message, detail as Record<string, unknown>),
    ...(watch && { watchFile }),
  })
}

function putBehindSearch(made: ToolSource, entry: SourceConfig, { config, prefixOf }: SourceSurroundings): ToolSource {
  const { id, mode = 'tools' } = entry
  if (mode === 'tools') return made
  const { sources, limits } = config()
  const prefix = (): string => prefixOf(id) ?? namePrefixes(sources.map(source => source.id)).get(id) ?? id
  return withSearch(made, { ...entry, mode, prefix, limits })
}
