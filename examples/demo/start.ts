import { startLibraryApi } from './library-api.ts'

/**
 * `npm start`: serves the shipped servers.json, and beside it the small HTTP API that its OpenAPI document describes.
 *
 * With `--config` it is `patchbay serve` and nothing else.
 */
const args = process.argv.slice(2)
const ownConfig = args.some(arg => arg === '-c' || arg.startsWith('--config'))
const api = ownConfig ? undefined : await startLibraryApi()
if (api !== undefined) {
  process.env.LIBRARY_API_URL = api.url
  process.stdout.write(`The demo's library API is at ${api.url}\n`)
}
if (process.env.npm_lifecycle_event !== undefined) stopWithParent()
process.argv.splice(2, args.length, 'serve', ...args)
await import('../../src/cli.ts')
// It could not be served, so nothing needs the API.
if (process.exitCode !== undefined) await api?.close()

/** npm runs us under a shell, and tells only that one to stop; it ends without passing the signal on. */
function stopWithParent(): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 250).unref()
}
