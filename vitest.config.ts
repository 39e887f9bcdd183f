import { existsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

/** The clients and servers of others are a download of their own; see oracles/README.md. */
const hasOracles = existsSync('oracles/node_modules/ai')
if (!hasOracles) process.stderr.write('Skipped: oracles/ (npm ci --prefix oracles --ignore-scripts).\n')

export default defineConfig({
  test: {
    globalSetup: 'test/state-folder.ts',
    include: ['test/**/*.test.ts', ...(hasOracles ? ['oracles/*.test.ts'] : [])],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A machine under load may take long; a poll ends as soon as it holds.
    expect: { poll: { timeout: 10_000 } },
    // Two cores in CI; each file starts servers and children of its own.
    maxWorkers: 2,
  },
})
