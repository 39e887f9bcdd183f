import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: 'test/state-folder.ts',
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A machine under load may take long; a poll ends as soon as it holds.
    expect: { poll: { timeout: 10_000 } },
    // Two cores in CI; each file starts servers and children of its own.
    maxWorkers: 2,
  },
})
