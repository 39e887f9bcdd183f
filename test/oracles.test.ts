import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'

const isInstalled = existsSync('oracles/node_modules/ai')

it.skipIf(isInstalled || process.env.CI !== 'true')('needs oracles: npm ci --prefix oracles --ignore-scripts', () => {
  expect(isInstalled).toBe(true)
})
