import { startLibraryApi } from './library-api.ts'

/**
 * `npm start`: serves the shipped servers.json, and beside it the small HTTP API that its OpenAPI document describes.
 *
 * With `--config` it is `patchbay serve` and nothing else.
 */
const args = process.argv.slice(2)
const ownConfig = args.some(arg => arg === '-c' || arg.startsWith('--config'))
if (!ownConfig) {
  const api = await startLibraryApi()
  process.env.LIBRARY_API_URL = api.url
  process.stdout.write(`The demo's library API is at ${api.url}\n`)
}
process.argv.splice(2, args.length, 'serve', ...args)
await import('../../src/cli.ts')
