import { loadConfig } from '../config/load-config.ts'
import { count } from '../core/count.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { startPatchbay } from '../main.ts'
import type { CommonOptions } from './options.ts'

/** `patchbay check`: says what is wrong with the configuration, its documents and its servers; exit code 1 if anything is. */
export async function checkCommand({
  config: file,
  logLevel,
  offline,
}: CommonOptions & { offline?: boolean }): Promise<void> {
  const config = await loadConfig(file)
  process.stdout.write(
    `${config.file}: ${count(config.sources.length, 'source')}, ${count(config.models.length, 'model')}, ${count(config.keys.length, 'key')}\n`,
  )
  for (const warning of config.warnings) process.stdout.write(`  warning: ${warning}\n`)
  if (offline === true) return
  const patchbay = await startPatchbay({ config: file, logLevel, watch: false, patient: true, readOnly: true })
  try {
    await patchbay.gateway.settled()
    for (const source of patchbay.gateway.health()) {
      if (source.state !== 'ready') process.exitCode = 1
      process.stdout.write(reportOf(source))
    }
  } finally {
    await patchbay.close()
  }
}

/** One line for a source, and one for each warning about it or its document. */
function reportOf({ id, kind, state, tools, notice, lastFailure, quarantined, details = {} }: SourceReport): string {
  if (state !== 'ready')
    return `  FAILED  ${id} (${kind}): ${state}. ${lastFailure?.message ?? 'It was not listed in time.'}\n`
  const { skipped, warnings = [] } = details
  const left = typeof skipped === 'number' && skipped > 0 ? `, ${count(skipped, 'operation')} skipped` : ''
  const held = quarantined === undefined ? '' : `, ${quarantined.count} quarantined`
  const all = [...(notice === undefined ? [] : [notice]), ...(Array.isArray(warnings) ? warnings : [])]
  const lines = all.map(warning => `          warning: ${warning}\n`)
  return [`  ok      ${id} (${kind}): ${count(tools, 'tool')}${left}${held}\n`, ...lines].join('')
}

type SourceReport = ReturnType<Gateway['health']>[number]
