import { writeFileSync } from 'node:fs'

// Loaded into Patchbay with --import: a debug hook. On SIGUSR2 it collects garbage and writes what is open into the file that
// SOAK_PROBE names. Node must run with --expose-gc.

process.on('SIGUSR2', () => {
  // Twice, since finalizers of the first free what only the second can take.
  globalThis.gc?.()
  setTimeout(() => {
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    const kinds: Record<string, number> = {}
    for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1
    writeFileSync(
      process.env.SOAK_PROBE ?? '',
      JSON.stringify({ heapMb: heapUsed / 2 ** 20, externalMb: external / 2 ** 20, kinds }),
    )
  }, 500)
})
