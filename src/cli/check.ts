import { loadConfig } from '../config/load-config.ts'
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
    `${config.file}: ${config.sources.length} sources, ${config.models.length} models, ${config.keys.length} keys\n`,
  )
  for (const warning of config.warnings) process.stdout.write(`  warning: ${warning}\n`)
  if (offline === true) return
  const patchbay = await startPatchbay({ config: file, logLevel, watch: false, readOnly: true })
  try {
    await patchbay.gateway.settled()
    for (const { id, kind, state, tools, notice, lastFailure, quarantined } of patchbay.gateway.health()) {
      const good = state === 'ready'
      if (!good) process.exitCode = 1
      process.stdout.write(
        `  ${good ? 'ok' : 'FAILED'}  ${id} (${kind}): ${good ? `${tools} tools${quarantined ? `, ${quarantined.count} quarantined` : ''}` : `${state}. ${lastFailure?.message ?? 'It was not listed in time.'}`}\n`,
      )
      if (notice !== undefined) process.stdout.write(`  warning: ${notice}\n`)
    }
  } finally {
    await patchbay.close()
  }
}
