import { setImmediate } from 'node:timers/promises'
import type { Config } from './config/config.ts'
import { resolveCandidate } from './config/resolve-candidate.ts'
import type { Limits } from './core/limits.ts'
import type { SourceConfig } from './core/source-config.ts'
import { addUpCosts } from './core/tool-cost.ts'
import type { EgressRules } from './egress/gate.ts'
import type { MadeSource } from './make-source.ts'
import type { PreviewOptions } from './serve/preview.ts'
import { egressOf } from './sources/openapi/egress/rules.ts'
import { previewDocument } from './sources/openapi/read-source.ts'

/** What is there to be previewed, and what makes more of it. `limits`: those of the start. */
export type PreviewSurroundings = Readonly<{
  sources: ReadonlyMap<string, MadeSource>
  make: (source: SourceConfig, egress: EgressRules) => MadeSource
  limits: Limits
  config: () => Config
}>

/**
 * What a preview may open: a candidate of the request, or a source of the configuration, which stays open. It shows what
 * is there, so it looks behind the search. Counts tokens.
 */
export function previewParts({
  sources,
  make,
  limits,
  config,
}: PreviewSurroundings): Pick<PreviewOptions, 'open' | 'stored' | 'addUp'> {
  return {
    async addUp(tools) {
      // Its tables take time to load, and only previews need them here.
      const { countTokens } = await import('./cli/count-tokens.ts')
      return addUpCosts(tools, countTokens, setImmediate)
    },
    async open(id, fields, { lint }) {
      const { directory, keys, egress } = config()
      const entry = await resolveCandidate(id, fields, directory)
      // Without a key only this machine is served, and its user may look at what runs on it.
      const rules: EgressRules = { allowHosts: egress.allowHosts, loopback: keys.length === 0 }
      if (entry.kind === 'openapi') {
        return {
          list: signal => previewDocument(entry, { limits, signal, lint, egress: rules }),
          close: async () => {},
        }
      }
      const { inside: source } = make(entry, rules)
      return { list: async signal => ({ tools: await source.list({ signal }) }), close: source.close }
    },
    stored(id, { lint }) {
      const entry = config().sources.find(each => each.id === id)
      if (entry?.kind === 'openapi') {
        const egress = egressOf(entry)
        return { list: signal => previewDocument(entry, { limits, signal, lint, egress }), close: async () => {} }
      }
      const source = sources.get(id)?.inside
      return source && { list: async signal => ({ tools: await source.list({ signal }) }), close: async () => {} }
    },
  }
}
