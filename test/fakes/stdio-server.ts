/**
 * A small scripted MCP server over stdio, for tests: `node test/fakes/stdio-server.ts MODE`.
 *
 * `ok` is a well-behaved server of the old era, `modern` one of 2026-07-28; every other mode is `ok` with one fault.
 * Nothing here comes from an SDK, so the faults are exactly what is written below.
 */

import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { eachMessage } from './each-message.ts'

type Message = { id?: string | number; method?: string; params?: Record<string, unknown> }
type Request = Message & { id: string | number; params: Record<string, unknown> }
type Handler = (request: Request) => void

const mode = process.argv[2] ?? 'ok'
const received: Message[] = []
const extraTools: object[] = []
const schema = { type: 'object' }

const line = (text: string): void => void process.stdout.write(`${text}\n`)
const send = (message: object): void => line(JSON.stringify({ jsonrpc: '2.0', ...message }))
const result = ({ id }: Request, value: object): void => send({ id, result: value })
const error = ({ id }: Request, code: number, message: string, data?: unknown): void =>
  send({ id, error: { code, message, ...(data !== undefined && { data }) } })
const text = (value: string): object => ({ content: [{ type: 'text', text: value }] })
const changed = (): void => send({ method: 'notifications/tools/list_changed' })

const tools = (): object[] => [
  { name: 'echo', description: 'Says it back.', inputSchema: schema, 'x-unknown': { kept: true } },
  ...['progress', 'wait', 'received', 'env', 'pid', 'add_tool', 'slow', 'fail', 'refuse', 'exit'].map(name => ({
    name,
    inputSchema: schema,
  })),
  ...extraTools,
]

/** What each tool does. */
const calls: Record<string, Handler> = {
  echo: request =>
    result(request, {
      ...text(JSON.stringify(request.params.arguments)),
      structuredContent: { sent: request.params },
      _meta: { 'example.com/kept': 1 },
      'x-unknown': [1],
    }),
  progress: request => {
    const token = (request.params._meta as { progressToken?: unknown } | undefined)?.progressToken
    for (const progress of [1, 2, 3])
      if (token !== undefined)
        send({ method: 'notifications/progress', params: { progressToken: token, progress, total: 3, note: 'kept' } })
    result(request, text('done'))
  },
  /** Says on stderr that it runs, then stays silent; `notifications/cancelled` is seen through `received`. */
  wait: () => void process.stderr.write('waiting\n'),
  received: request => result(request, { content: [], structuredContent: { received } }),
  env: request => result(request, { content: [], structuredContent: { ...process.env } }),
  pid: request => result(request, text(String(process.pid))),
  add_tool: request => {
    extraTools.push({ name: `extra_${extraTools.length + 1}`, inputSchema: schema })
    result(request, text('added'))
    changed()
  },
  slow: request =>
    void setTimeout(() => result(request, text('slept')), (request.params.arguments as { ms: number }).ms),
  fail: request => result(request, { ...text('no such pet'), isError: true }),
  refuse: request => error(request, -32099, 'refused by the server', { why: 'because' }),
  exit: () => process.exit(7),
}

const methods: Record<string, Handler> = {
  initialize: request =>
    result(request, {
      protocolVersion: request.params.protocolVersion,
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name: 'fake', version: '1' },
    }),
  ping: request => result(request, {}),
  'tools/list': request => result(request, { tools: tools() }),
  'tools/call': request => {
    const call = calls[String(request.params.name)]
    if (call === undefined) error(request, -32602, `Unknown tool: ${request.params.name}`)
    else call(request)
  },
}

/** What each mode changes before the first message is read. */
const modes: Record<string, () => void> = {
  ok: () => {},
  'crash-start': () => {
    process.stderr.write(`boom: missing API key (SECRET=${process.env.SECRET})\n`)
    process.exit(3)
  },
  /** What is written to it fails before it says why. */
  'closes-input': () => {
    const list = methods['tools/list'] as Handler
    methods['tools/list'] = request => {
      list(request)
      process.stdin.destroy()
      closeSync(0)
      process.stderr.write('closed\n')
      setTimeout(() => {
        process.stderr.write('no licence\n')
        process.exit(4)
      }, 300)
    }
  },
  /** Tells of no changes. */
  mute: () => {
    methods.initialize = request => {
      const { protocolVersion } = request.params
      result(request, { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'mute', version: '1' } })
    }
  },
  usage: () => {
    process.stdout.write('usage: fake [options]\n', () => process.exit(0))
  },
  'hang-init': () => {
    methods.initialize = () => {}
    methods['server/discover'] = () => {}
  },
  'silent-probe': () => {
    methods['server/discover'] = () => {}
  },
  'exit-early': () => {
    methods['server/discover'] = () => process.exit(1)
  },
  /** Is still starting when the probe is over: both requests are read at once then. */
  'slow-modern': () => {
    modes.modern?.()
    readLater()
  },
  'slow-exit-early': () => {
    modes['exit-early']?.()
    readLater()
  },
  'bad-version': () => {
    methods.initialize = request => result(request, { protocolVersion: '1999-01-01', capabilities: {}, serverInfo: {} })
  },
  modern: () => {
    const complete = (request: Request, value: object): void =>
      result(request, {
        resultType: 'complete',
        ...value,
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'fake' }, 'example.com/kept': 1 },
      })
    const envelope = (request: Request): boolean =>
      (request.params._meta as Record<string, unknown> | undefined)?.['io.modelcontextprotocol/protocolVersion'] ===
      '2026-07-28'
    const old = methods['tools/list'] as Handler
    methods['tools/list'] = request => (envelope(request) ? old(request) : error(request, -32602, 'no envelope'))
    calls.echo = request => complete(request, { ...text('hi'), structuredContent: { sent: request.params } })
    calls.input = request => result(request, { resultType: 'input_required', inputRequests: {} })
    extraTools.push({ name: 'input', inputSchema: schema })
    delete methods.initialize
    methods['server/discover'] = request =>
      complete(request, { supportedVersions: ['2026-07-28'], capabilities: { tools: { listChanged: true } } })
    methods['subscriptions/listen'] = request => {
      const _meta = { 'io.modelcontextprotocol/subscriptionId': request.id }
      send({ method: 'notifications/subscriptions/acknowledged', params: { notifications: {}, _meta } })
    }
  },
  'exit-midcall': () => {
    calls.echo = request => process.stdout.write(`{"jsonrpc":"2.0","id":${request.id},"resu`, () => process.exit(137))
  },
  /** Its child holds stdout open, so the end of the pipe never comes by itself. */
  'exit-midcall-grandchild': () => {
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
    calls.echo = () => process.exit(9)
  },
  /** Its child has left the group, and holds stdout and stderr for a while. */
  'exit-midcall-daemon': () => {
    const program = 'setTimeout(() => {}, 6000)'
    spawn(process.execPath, ['-e', program], { stdio: 'inherit', detached: true }).unref()
    calls.echo = () => process.exit(9)
  },
  'never-answers': () => {
    calls.echo = () => {}
  },
  'wrong-id': () => {
    calls.echo = request => send({ id: Number(request.id) + 1_000, result: text('stray') })
  },
  'string-id': () => {
    calls.echo = request => send({ id: String(request.id), result: text('hi') })
  },
  twice: () => {
    calls.echo = request => {
      result(request, text('first'))
      result(request, text('second'))
    }
  },
  both: () => {
    calls.echo = request => send({ id: request.id, result: text('hi'), error: { code: 1, message: 'x' } })
  },
  'bad-error': () => {
    calls.echo = request => send({ id: request.id, error: 'not an object' })
  },
  banner: () => {
    for (const noise of ['Welcome to server v1.0', '', '{not json', '\u0000\u0001', '[]', 'null']) line(noise)
  },
  chatty: () => {
    for (let sent = 0; sent < 500; sent += 1) line(`debug: ${'x'.repeat(sent)}`)
  },
  'bad-tools': () => {
    const good = { name: 'good', inputSchema: schema, description: 7, title: null, annotations: 'x', outputSchema: [] }
    const bad = [{ name: 7 }, { name: 'noschema' }, { name: 'array', inputSchema: { type: 'array' } }, null]
    const untyped = { name: 'untyped', inputSchema: { properties: { a: {} } } }
    methods['tools/list'] = request => result(request, { tools: [good, ...bad, untyped] })
  },
  duplicates: () => {
    const twice = ['first', 'second'].map(description => ({ name: 'a', description, inputSchema: schema }))
    methods['tools/list'] = request => result(request, { tools: twice })
  },
  pages: () => {
    const page = (request: Request): number => Number(request.params.cursor ?? 0)
    methods['tools/list'] = request =>
      result(request, {
        tools: [{ name: `t${page(request)}`, inputSchema: schema }],
        ...(page(request) < 3 && { nextCursor: String(page(request) + 1) }),
      })
  },
  'cursor-loop': () => {
    methods['tools/list'] = request => result(request, { tools: [{ name: 'a', inputSchema: schema }], nextCursor: '' })
  },
  'cursor-endless': () => {
    let page = 0
    methods['tools/list'] = request => {
      page += 1
      result(request, { tools: [{ name: `t${page}`, inputSchema: schema }], nextCursor: `c${page}` })
    }
  },
  'not-a-list': () => {
    methods['tools/list'] = request => result(request, { tools: 'many' })
  },
  oversize: () => {
    calls.echo = request => result(request, text('x'.repeat(200_000)))
  },
  big: () => {
    calls.big = request =>
      result(request, text('x'.repeat((request.params.arguments as { megabytes: number }).megabytes * 1_048_576)))
  },
  'no-newline': () => {
    calls.echo = () => void process.stdout.write('y'.repeat(12 * 1_048_576))
  },
  deep: () => {
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    calls.echo = ({ id }) => line(`{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":${nested}}}`)
  },
  'deep-progress': () => {
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    calls.echo = request => {
      const token = (request.params._meta as { progressToken: unknown }).progressToken
      const params = `{"progressToken":${token},"progress":1,"more":${nested}}`
      line(`{"jsonrpc":"2.0","method":"notifications/progress","params":${params}}`)
      result(request, text('hi'))
    }
  },
  proto: () => {
    calls.echo = ({ id }) =>
      line(`{"jsonrpc":"2.0","id":${id},"result":{"content":[],"__proto__":{"isError":true},"_meta":{"__proto__":{}}}}`)
  },
  'same-chunk': () => {
    calls.echo = request => {
      const token = (request.params._meta as { progressToken: unknown }).progressToken
      const progress = {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: token, progress: 1 },
      }
      const answer = { jsonrpc: '2.0', id: request.id, result: text('done') }
      process.stdout.write(`${JSON.stringify(progress)}\n${JSON.stringify(answer)}\n${JSON.stringify(progress)}\n`)
    }
  },
  /** Progress without end, and no result. */
  'endless-progress': () => {
    calls.echo = request => {
      const { progressToken } = request.params._meta as { progressToken: unknown }
      let progress = 0
      setInterval(() => {
        progress += 1
        send({ method: 'notifications/progress', params: { progressToken, progress } })
      }, 20)
    }
  },
  storm: () => {
    calls.echo = request => {
      for (let sent = 0; sent < 20_000; sent += 1) changed()
      result(request, text('sent'))
    }
  },
  'unknown-content': () => {
    calls.echo = request =>
      result(request, { content: [{ type: 'hologram', 'x-beam': 1 }], 'x-field': { deep: [1] }, _meta: { 'a/b': 1 } })
  },
  'no-content': () => {
    calls.echo = request => result(request, { toolResult: 'old' })
  },
  asks: () => {
    calls.echo = request => {
      send({ id: 'ask-1', method: 'sampling/createMessage', params: {} })
      send({ id: 'ask-2', method: 'ping' })
      const answers = (): Message[] => received.filter(({ id }) => String(id).startsWith('ask-'))
      const poll = setInterval(() => {
        if (answers().length < 2) return
        clearInterval(poll)
        // Answers to different requests may come in any order (JSON-RPC 2.0).
        const inOrder = answers().toSorted((one, other) => (String(one.id) < String(other.id) ? -1 : 1))
        result(request, { content: [], structuredContent: { answers: inOrder } })
      }, 5)
    }
  },
  'ignore-term': () => {
    process.on('SIGTERM', () => {})
    process.stdin.removeAllListeners('end')
    setInterval(() => {}, 1_000)
  },
  /** A child of its own that would outlive it; `pid` answers with both pids. */
  grandchild: () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    calls.pid = request => result(request, text(`${process.pid} ${child.pid}`))
  },
  /** Reads the handshake and the first list, then never again. */
  'stops-reading': () => {
    const list = methods['tools/list'] as Handler
    // What reads nothing has nothing else that keeps it running.
    setInterval(() => {}, 60_000)
    methods['tools/list'] = request => {
      list(request)
      process.stdin.pause()
    }
  },
  'stderr-flood': () => {
    for (let sent = 0; sent < 50; sent += 1) process.stderr.write('x'.repeat(100_000))
  },
  /** Lives until the first list was answered. */
  'crash-after-list': () => {
    const list = methods['tools/list'] as Handler
    methods['tools/list'] = request => {
      list(request)
      setTimeout(() => process.exit(5), 5)
    }
  },
  'slow-list': () => {
    methods['tools/list'] = () => {}
  },
}

function readLater(): void {
  process.stdin.pause()
  setTimeout(() => process.stdin.resume(), 800)
}

eachMessage(receive)
const prepare = modes[mode]
if (prepare === undefined) throw new Error(`There is no mode "${mode}".`)
prepare()

function receive(message: Message): void {
  received.push(message)
  const { id, method, params = {} } = message
  if (id === undefined || method === undefined) return
  const handler = methods[method]
  const request = { id, method, params }
  if (handler === undefined) error(request, -32601, 'Method not found')
  else handler(request)
}
