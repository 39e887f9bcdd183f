import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Serves on a free port of the loopback, and prints the URL for the harness, as `patchbay serve` does. */
export function listen(listener: RequestListener): void {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
  })
  process.once('SIGTERM', () => process.exit(0))
}
