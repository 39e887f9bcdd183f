import type { Catalog } from '../core/catalog.ts'
import type { SourceHealth, ToolSource } from '../core/tool-source.ts'
import type { Refresh } from './refresh.ts'

/** How one source is doing, and which of its tools a lock holds back. */
export type GatewayHealth = Readonly<{
  id: string
  kind: ToolSource['kind']
  tools: number
  prompts: number
  /** Resources and templates of them. */
  resources: number
  notice?: string
  quarantined?: Quarantined
}> &
  SourceHealth

/** How many tools are held back, and the first of them by their public names. */
export type Quarantined = Readonly<{ count: number; tools: readonly Readonly<{ name: string; reason: string }>[] }>

/** How one source is doing now. */
export function healthOf(source: ToolSource, { catalog, notice }: Pick<Refresh, 'catalog' | 'notice'>): GatewayHealth {
  const { id, kind } = source
  const { entries, items } = catalog()
  const said = notice(id)
  return {
    id,
    kind,
    tools: entries.filter(({ sourceId }) => sourceId === id).length,
    prompts: items.filter(item => item.sourceId === id && item.kind === 'prompts').length,
    resources: items.filter(item => item.sourceId === id && item.kind !== 'prompts').length,
    ...(said && { notice: said }),
    ...source.health(),
    ...quarantineOf(id, catalog()),
  }
}

function quarantineOf(id: string, catalog: Catalog): Pick<GatewayHealth, 'quarantined'> {
  const held = catalog.quarantined.filter(({ sourceId }) => sourceId === id)
  if (held.length === 0) return {}
  return { quarantined: { count: held.length, tools: held.slice(0, 20).map(({ name, reason }) => ({ name, reason })) } }
}
