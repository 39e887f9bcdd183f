import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

// Runs a peer that must be told its port, in this very process so that nothing is counted beside it, and prints its URL
// once it listens. Run as `node wrapper.ts <script> <argument>...`, where `{port}` stands for the port.

const [node = '', , script = '', ...args] = process.argv
const port = await freePort()
process.argv = [node, script, ...args.map(arg => arg.replaceAll('{port}', String(port)))]
await import(pathToFileURL(script).href)
while (!(await isOpen(port))) await sleep(50)
console.log(`listening on http://127.0.0.1:${port}/mcp`)

/** Free when it was looked at, which is as much as can be had for a program that does not take 0. */
function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

function isOpen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
