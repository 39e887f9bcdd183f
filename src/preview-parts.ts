import { setImmediate } from 'node:timers/promises'
import type { Config } from './config/config.ts'
import { resolveCandidate } from './config/resolve-candidate.ts'
import type { SourceConfig } from './core/source-config.ts'
import { addUpCosts } from './core/tool-cost.ts'
import type { ToolSource } from './core/tool-source.ts'
import type { PreviewOptions } from './serve/preview.ts'
import { rulesOf } from './sources/openapi/egress/rules.ts'
import { previewDocument } from './sources/openapi/read-source.ts'

/** What a preview may open: a candidate of the request, or a source of the configuration, which stays open. Counts tokens. */
export function previewParts(
  sources: ReadonlyMap<string, ToolSource>,
  make: (source: SourceConfig) => ToolSource,
  config: () => Config,
): Pick<PreviewOptions, 'open' | 'stored' | 'addUp'> {
  return {
    async addUp(tools) {
      // Its tables take time to load, and only previews need them here.
      const { countTokens } = await import('./cli/count-tokens.ts')
      return addUpCosts(tools, countTokens, setImmediate)
    },
    async open(id, fields) {
      const { directory, limits, keys, egress } = config()
      const entry = await resolveCandidate(id, fields, directory)
      if (entry.kind === 'openapi') {
        // Without a key only this machine is served, and its user may look at what runs on it.
        const rules = { allowHosts: egress.allowHosts, loopback: keys.length === 0 }
        return { list: signal => previewDocument(entry, { limits, signal, egress: rules }), close: async () => {} }
      }
      // A preview shows what is there, so it looks behind the search.
      const source = make({ ...entry, mode: 'tools' })
      return { list: async signal => ({ tools: await source.list({ signal }) }), close: source.close }
    },
    stored(id) {
      const { sources: entries, limits } = config()
      const entry = entries.find(each => each.id === id)
      if (entry?.kind === 'openapi') {
        const egress = rulesOf(entry, ['at' in entry.document ? entry.document.at : undefined])
        return { list: signal => previewDocument(entry, { limits, signal, egress }), close: async () => {} }
      }
      const source = sources.get(id)
      return source && { list: async signal => ({ tools: await source.list({ signal }) }), close: async () => {} }
    },
  }
}
