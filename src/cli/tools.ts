import type { CatalogEntry, QuarantinedEntry } from '../core/catalog.ts'
import { count } from '../core/count.ts'
import { afterName } from '../core/errors.ts'
import { tokensOf } from '../core/tool-cost.ts'
import { startPatchbay } from '../main.ts'
import type { CommonOptions } from './options.ts'
import { toTable } from './table.ts'

/** `patchbay tools`: the catalog as a table, or as JSON. Sources that gave no list are named on stderr. */
export async function toolsCommand({ config, logLevel, json }: CommonOptions & { json?: boolean }): Promise<void> {
  const patchbay = await startPatchbay({ config, logLevel, watch: false, patient: true, readOnly: true })
  try {
    await patchbay.gateway.settled()
    // Its tables take time to load, and no other command needs them.
    const { countTokens } = await import('./count-tokens.ts')
    const { entries, quarantined } = patchbay.gateway.catalog()
    const rows = [...entries, ...quarantined].map(entry => toRow(entry, countTokens))
    process.stdout.write(json === true ? `${JSON.stringify(rows, undefined, 2)}\n` : table(rows))
    for (const { id, state, lastFailure } of patchbay.gateway.health()) {
      if (state !== 'ready')
        process.stderr.write(
          `"${id}" is ${state}: ${afterName(id, lastFailure?.message ?? 'it was not listed in time')}\n`,
        )
    }
  } finally {
    await patchbay.close()
  }
}

type Row = Readonly<{
  name: string
  source: string
  original: string
  tokens: number
  renamed?: string
  /** Why a lock holds it back. */
  quarantined?: string
}>

function toRow(entry: CatalogEntry | QuarantinedEntry, countTokens: (text: string) => number): Row {
  const { name, sourceId, tool, renamed } = entry
  return {
    name,
    source: sourceId,
    original: tool.name,
    tokens: tokensOf({ ...tool, name }, countTokens),
    ...(renamed && { renamed }),
    ...('reason' in entry && { quarantined: entry.reason }),
  }
}

function table(rows: readonly Row[]): string {
  const total = rows.reduce((sum, { tokens }) => sum + tokens, 0)
  const cells = rows.map(row => [row.name, row.source, String(row.tokens), noteOf(row)])
  const listed = toTable(['NAME', 'SOURCE', 'TOKENS', 'NOTES'], cells, ['left', 'left', 'right', 'left'])
  return `${listed}\n${count(rows.length, 'tool')}, about ${total} tokens (o200k)\n`
}

function noteOf({ original, renamed, quarantined }: Row): string {
  const notes = [quarantined && `QUARANTINED: ${quarantined}`, renamed && `was "${original}": ${renamed}`]
  return notes.filter(note => note !== undefined).join('; ')
}
