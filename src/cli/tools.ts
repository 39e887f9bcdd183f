import { tokensOf } from '../core/tool-cost.ts'
import { startPatchbay } from '../main.ts'
import type { CommonOptions } from './options.ts'
import { toTable } from './table.ts'

/** `patchbay tools`: the catalog as a table, or as JSON. Sources that gave no list are named on stderr. */
export async function toolsCommand({ config, logLevel, json }: CommonOptions & { json?: boolean }): Promise<void> {
  const patchbay = await startPatchbay({ config, logLevel, watch: false })
  try {
    await patchbay.gateway.settled()
    // Its tables take time to load, and no other command needs them.
    const { countTokens } = await import('./count-tokens.ts')
    const rows = patchbay.gateway.catalog().entries.map(({ name, sourceId, tool, renamed }) => ({
      name,
      source: sourceId,
      original: tool.name,
      tokens: tokensOf({ ...tool, name }, countTokens),
      ...(renamed && { renamed }),
    }))
    process.stdout.write(json === true ? `${JSON.stringify(rows, undefined, 2)}\n` : table(rows))
    for (const { id, state, lastFailure } of patchbay.gateway.health()) {
      if (state !== 'ready')
        process.stderr.write(`"${id}" is ${state}: ${lastFailure?.message ?? 'it was not listed in time'}\n`)
    }
  } finally {
    await patchbay.close()
  }
}

type Row = Readonly<{ name: string; source: string; original: string; tokens: number; renamed?: string }>

function table(rows: readonly Row[]): string {
  const total = rows.reduce((sum, { tokens }) => sum + tokens, 0)
  const cells = rows.map(({ name, source, original, tokens, renamed }) => {
    return [name, source, String(tokens), renamed === undefined ? '' : `was "${original}": ${renamed}`]
  })
  const listed = toTable(['NAME', 'SOURCE', 'TOKENS', 'RENAMED'], cells, ['left', 'left', 'right', 'left'])
  return `${listed}\n${rows.length} tools, about ${total} tokens (o200k)\n`
}
