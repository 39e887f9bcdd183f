import { startLibraryApi } from './library-api.ts'

/**
 * `npm start`: serves the shipped servers.json, and beside it the small HTTP API that its OpenAPI document describes.
 *
 * With `--config` it is `patchbay serve` and nothing else.
 */
const args = process.argv.slice(2)
const ownConfig = args.some(arg => /^(-c|--config)/.test(arg))
const api = ownConfig ? undefined : await startWhereExpected()
if (api !== undefined) {
  process.env.LIBRARY_API_URL = api.url
  process.stdout.write(`The demo's library API is at ${api.url}\n`)
}
if (process.env.npm_lifecycle_event !== undefined) stopWithParent()
process.argv.splice(2, args.length, 'serve', ...args)
await import('../../src/cli.ts')
// It could not be served, so nothing needs the API.
if (process.exitCode !== undefined) await api?.close()

/** At the port that servers.json falls back to, so that `patchbay call` reaches it from another terminal; else at a free one. */
function startWhereExpected(): ReturnType<typeof startLibraryApi> {
  return startLibraryApi(4010).catch(() => startLibraryApi())
}

/** npm runs us under a shell, and tells only that one to stop; it ends without passing the signal on. */
function stopWithParent(): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 250).unref()
}
