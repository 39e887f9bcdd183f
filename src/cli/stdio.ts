import module from 'node:module'
import { closeOnSignals } from './close-on-signals.ts'
import type { CommonOptions } from './options.ts'

/** `patchbay stdio`: serves the client that started us, and ends when it leaves. Logs go to stderr. */
export async function stdioCommand({ config, logLevel, server }: CommonOptions & { server?: string }): Promise<void> {
  const { startPatchbay } = await import('../main.ts')
  const patchbay = await startPatchbay({ config, logLevel })
  closeOnSignals(patchbay)
  // Node would do so when it ends, which a process that is killed never does.
  void patchbay.gateway.settled().then(() => module.flushCompileCache())
  try {
    await patchbay.serveStdio(server)
  } finally {
    await patchbay.close()
  }
  process.exit(0)
}
