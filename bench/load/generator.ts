import { gunzipSync } from 'node:zlib'
import type { Connection } from './connection.ts'
import { openConnection } from './connection.ts'
import { nextCursor } from './list-tools.ts'
import type { MessageWriter } from './messages.ts'
import { farewell, handshake, messageWriter } from './messages.ts'
import type { Answer, Order, Plan, Sample } from './plan.ts'
import type { Reply } from './reply-reader.ts'
import { headerOf } from './reply-reader.ts'
import { toSample } from './sample.ts'

// A child process of the harness: takes orders over IPC, so that its CPU is nobody's but its own. Every answer is
// checked; the first wrong one ends the run, since the speed of wrong answers is of no interest.

type Open = Readonly<{ plan: Plan; connections: readonly Connection[]; write: MessageWriter; sessionId?: string }>

let open: Open | undefined
let nextId = 1

process.on('message', (order: Order) => {
  obey(order).then(
    sample => answer(sample === undefined ? {} : { sample }),
    (error: unknown) => answer({ failure: error instanceof Error ? error.message : String(error) }),
  )
})
process.once('disconnect', () => process.exit(0))

function answer(value: Answer): void {
  process.send?.(value)
}

async function obey(order: Order): Promise<Sample | undefined> {
  if (order.order === 'open') {
    open = await begin(order.plan)
    return undefined
  }
  if (open === undefined) throw new Error(`"${order.order}" was ordered before "open".`)
  if (order.order === 'run') return run(open, order.durationMs)
  const { connections, sessionId, plan } = open
  open = undefined
  if (sessionId !== undefined) await connections[0]?.send(farewell(plan, sessionId))
  for (const connection of connections) connection.close()
  return undefined
}

/** Opens every connection; a legacy client initializes once, and all connections share its session. */
async function begin(plan: Plan): Promise<Open> {
  const url = new URL(plan.url)
  const connections = await Promise.all(Array.from({ length: plan.connections }, () => openConnection(url)))
  const [first] = connections
  if (first === undefined) throw new Error('A plan needs at least one connection.')
  if (plan.work.kind === 'rest' || plan.work.kind === 'chat' || plan.work.era === 'modern') {
    return { plan, connections, write: messageWriter(plan, undefined) }
  }
  const { initialize, initialized } = handshake(plan)
  const welcome = await first.send(initialize)
  check(welcome, '"protocolVersion"')
  const sessionId = headerOf(welcome.head, 'mcp-session-id')
  const accepted = await first.send(initialized(sessionId))
  if (accepted.status !== 202) throw new Error(`A notification was answered with ${accepted.status}, not 202.`)
  return { plan, connections, write: messageWriter(plan, sessionId), ...(sessionId !== undefined && { sessionId }) }
}

/** Keeps every connection busy until the time is up, then waits for the answers that are on their way. */
async function run({ connections, write }: Open, durationMs: number): Promise<Sample> {
  const latencies: number[] = []
  let bytes = 0
  const start = performance.now()
  const deadline = start + durationMs
  await Promise.all(
    connections.map(async connection => {
      for (let before = start; before < deadline; ) {
        bytes = await unitOfWork(connection, write)
        const after = performance.now()
        latencies.push((after - before) * 1000)
        before = after
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  return toSample(latencies, seconds, bytes)
}

/** One call, one list to its last page, or one completion. Returns the bytes of its answers. */
async function unitOfWork(connection: Connection, write: MessageWriter): Promise<number> {
  let bytes = 0
  let cursor: string | undefined
  do {
    const { text, expected, next } = write(nextId++, cursor)
    const reply = await connection.send(text)
    bytes += reply.body.length
    const body = check(reply, expected)
    cursor = next ?? nextCursor(body)
  } while (cursor !== undefined)
  return bytes
}

/** @throws unless the reply is a 200 that holds what was expected and no error */
function check(reply: Reply, expected: string): Buffer {
  const body = headerOf(reply.head, 'content-encoding') === 'gzip' ? gunzipSync(reply.body) : reply.body
  if (reply.status !== 200 || !body.includes(expected) || body.includes('"isError":true')) {
    throw new Error(`Expected 200 and ${expected}, got ${reply.status}: ${body.toString('utf8', 0, 300)}`)
  }
  return body
}
