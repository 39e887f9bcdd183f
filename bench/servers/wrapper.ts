import { spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

// Starts a peer that must be told its port, and prints its URL once it listens. Run as `node wrapper.ts <script> <argument>...`,
// where `{port}` stands for the port.

const [script = '', ...args] = process.argv.slice(2)
const port = await freePort()
const child = spawn(process.execPath, [script, ...args.map(arg => arg.replaceAll('{port}', String(port)))], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
child.once('exit', code => process.exit(code ?? 1))
process.once('SIGTERM', () => child.kill('SIGTERM'))
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
