import type { Patchbay } from '../main.ts'

/**
 * Stops gracefully on the first SIGTERM, SIGINT or SIGHUP, and at once on the second. A fault that nobody caught stops
 * it too: a process in an unknown state must not go on.
 */
export function closeOnSignals(patchbay: Patchbay): void {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
  let stopping = false
  for (const signal of Object.keys(numbers) as (keyof typeof numbers)[]) {
    process.on(signal, () => {
      // The children die with us: their groups are killed as the process exits.
      if (stopping) process.exit(128 + numbers[signal])
      stopping = true
      patchbay.log.write('info', `${signal}: finishing running calls. Send it again to stop at once.`)
      void patchbay.close().then(() => process.exit(0))
    })
  }
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: Error) => {
      patchbay.log.write('error', `Stopping after a fault: ${error?.message}`, { stack: error?.stack })
      if (stopping) process.exit(1)
      stopping = true
      void patchbay.close().then(() => process.exit(1))
    })
  }
}
