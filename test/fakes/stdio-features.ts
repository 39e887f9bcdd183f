/**
 * A scripted MCP server over stdio with prompts, resources, logging and questions: `node test/fakes/stdio-features.ts
 * old|modern [FAULT]`. Nothing here comes from an SDK, so what it does is exactly what is written below.
 */
import { eachMessage } from './each-message.ts'

type Message = { id?: string | number; method?: string; params?: Record<string, unknown>; result?: unknown }
type Request = { id: string | number; method: string; params: Record<string, unknown> }
type Handler = (request: Request) => void

const [era = 'old', fault = 'none'] = process.argv.slice(2)
const modern = era === 'modern'
const received: Message[] = []
const listens = new Map<string | number, unknown>()
const answers = new Map<string, (message: Message) => void>()
let asked = 0

const send = (message: object): void => void process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const complete = ({ id }: Request, value: object): void =>
  send({
    id,
    result: modern
      ? {
          resultType: 'complete',
          ...value,
          _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'fake' }, 'example.com/kept': 1 },
        }
      : value,
  })
const error = ({ id }: Request, code: number, message: string, data?: unknown): void =>
  send({ id, error: { code, message, ...(data !== undefined && { data }) } })
const args = ({ params }: Request): Record<string, unknown> => (params.arguments ?? {}) as Record<string, unknown>
const structured = (structuredContent: object): object => ({ content: [], structuredContent })

/** A notification; a modern server sends those of changes on its subscriptions. */
const emit = (method: string, params: Record<string, unknown> = {}): void => {
  if (!modern || method === 'notifications/message') return send({ method, params })
  for (const id of listens.keys())
    send({ method, params: { ...params, _meta: { 'io.modelcontextprotocol/subscriptionId': id } } })
}

const ask = (method: string, params: object): { id: string; answer: Promise<Message> } => {
  asked += 1
  const id = `ask-${asked}`
  const { promise, resolve } = Promise.withResolvers<Message>()
  answers.set(id, resolve)
  send({ id, method, params })
  return { id, answer: promise }
}

/** What each tool does. */
const tools: Record<string, Handler> = {
  /** Everything that it was sent so far. */
  received: request => complete(request, structured({ received, listens: [...listens.values()] })),
  pid: request => complete(request, { content: [{ type: 'text', text: String(process.pid) }] }),
  wait: () => {},
  slow: request => void setTimeout(() => complete(request, structured({})), Number(args(request).ms)),
  emit: request => {
    emit(String(args(request).method), args(request).params as Record<string, unknown>)
    complete(request, structured({}))
  },
  /** Answers, and then sends it after so many milliseconds. */
  emit_later: request => {
    const { method, params, ms } = args(request)
    complete(request, structured({}))
    setTimeout(() => emit(String(method), params as Record<string, unknown>), Number(ms))
  },
  /** Logs something behind its answer. */
  log_late: request => {
    complete(request, structured({}))
    emit('notifications/message', args(request))
  },
  /** Asks the client, then answers with its answer. */
  ask: async request => {
    const { method, params, times = 1 } = args(request)
    const got: unknown[] = []
    for (let turn = 0; turn < Number(times); turn += 1) {
      const { result, error } = (await ask(String(method), params as object).answer) as Record<string, unknown>
      got.push(result ?? { error })
    }
    complete(request, structured({ answers: got }))
  },
  /** Asks, and fails with the error that it gets, as SDK 1.x words it, or with one of its own. */
  ask_or_fail: async request => {
    const { method, params, own } = args(request)
    const got = (await ask(String(method), params as object).answer) as { error?: { code: number; message: string } }
    const { code, message } = { ...got.error, ...(own as object) } as { code: number; message: string }
    error(request, code, `MCP error ${code}: ${message}`)
  },
  /** Asks, and does not want to know any more. */
  ask_and_cancel: request => {
    const { id } = ask('elicitation/create', { message: 'Well?' })
    setTimeout(() => send({ method: 'notifications/cancelled', params: { requestId: id } }), 50)
    setTimeout(() => complete(request, structured({})), 100)
  },
  /** As many rounds as it is told, each with one question; its state says which round it is. */
  rounds: request => {
    const { rounds = 1, method = 'elicitation/create', params = { message: 'Well?' }, questions = 1 } = args(request)
    const { requestState = 'round 0', inputResponses } = request.params
    const round = Number(/^round (\d+)$/.exec(String(requestState))?.[1])
    if (round >= Number(rounds)) {
      return complete(request, structured({ inputResponses, requestState, id: request.id, sent: request.params }))
    }
    const asking = Array.from({ length: Number(questions) }, (_, at) => [`q${at}`, { method, params }])
    send({
      id: request.id,
      result: {
        resultType: 'input_required',
        ...(Number(questions) > 0 && { inputRequests: Object.fromEntries(asking) }),
        requestState: `round ${round + 1}`,
        'x-kept': 1,
      },
    })
  },
  /** Ends the subscriptions of a modern client. */
  end_listens: request => {
    for (const id of listens.keys()) send({ id, result: { resultType: 'complete' } })
    listens.clear()
    complete(request, structured({}))
  },
  needs_url: request => error(request, -32042, 'Log in first.', { elicitations: [args(request)] }),
  missing_capability: request =>
    error(request, -32021, 'Missing capability', { requiredCapabilities: { elicitation: {} } }),
  task: ({ id }) => send({ id, result: { resultType: 'task', taskId: 't' } }),
}

const capabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
}
const page = ({ params }: Request): number => Number(params.cursor ?? 0)

const methods: Record<string, Handler> = {
  'tools/list': request =>
    complete(request, { tools: Object.keys(tools).map(name => ({ name, inputSchema: { type: 'object' } })) }),
  'tools/call': request => tools[String(request.params.name)]?.(request),
  'prompts/list': request =>
    complete(request, {
      prompts: [{ name: `p${page(request)}`, arguments: [{ name: 'a' }, 7], 'x-unknown': { kept: true } }],
      ...(page(request) < 2 && { nextCursor: String(page(request) + 1) }),
    }),
  'resources/list': request =>
    complete(request, { resources: [{ uri: 'test://a', name: 'a', mimeType: 'text/plain', icons: [{ src: 'x' }] }] }),
  'resources/templates/list': request =>
    complete(request, { resourceTemplates: [{ uriTemplate: 'test://t/{id}', name: 't' }] }),
  'prompts/get': request => {
    if (modern && request.params.name === 'rounds') return tools.rounds?.(request)
    complete(request, { messages: [], 'x-unknown': [1], sent: request.params })
  },
  'resources/read': request => {
    if (request.params.uri === 'test://none')
      return error(request, modern ? -32602 : -32002, 'Resource not found', { uri: 'test://none' })
    if (request.params.uri === 'test://wait') return
    complete(request, { contents: [{ uri: request.params.uri, text: 'hi', 'x-unknown': 1 }], ttlMs: 5 })
  },
  'completion/complete': request => {
    const { progressToken } = (request.params._meta ?? {}) as { progressToken?: unknown }
    if (progressToken !== undefined) send({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
    complete(request, { completion: { values: ['x'], 'x-unknown': 1 } })
  },
  ...(modern
    ? {
        'server/discover': request => complete(request, { supportedVersions: ['2026-07-28'], capabilities }),
        'subscriptions/listen': request => {
          listens.set(request.id, request.params.notifications)
          const _meta = { 'io.modelcontextprotocol/subscriptionId': request.id }
          send({ method: 'notifications/subscriptions/acknowledged', params: { notifications: {}, _meta } })
        },
      }
    : {
        initialize: request =>
          complete(request, {
            protocolVersion: request.params.protocolVersion,
            capabilities,
            serverInfo: { name: 'fake', version: '1' },
          }),
        'resources/subscribe': request => complete(request, {}),
        'resources/unsubscribe': request => complete(request, {}),
        'logging/setLevel': request => complete(request, {}),
      }),
}

/** What each fault changes before the first message is read. */
const faults: Record<string, () => void> = {
  none: () => {},
  'no-templates': () => delete methods['resources/templates/list'],
  'tools-only': () => {
    for (const name of ['prompts', 'resources', 'completions', 'logging'] as const)
      delete (capabilities as Partial<typeof capabilities>)[name]
  },
  'bad-items': () => {
    methods['prompts/list'] = request =>
      complete(request, { prompts: [{ name: 'good', title: 7 }, { name: 7 }, null, { name: 'good', title: 'second' }] })
    methods['resources/list'] = request =>
      complete(request, { resources: [{ uri: 'test://unnamed' }, { name: 'no uri' }] })
  },
  'cursor-loop': () => {
    methods['prompts/list'] = request => complete(request, { prompts: [{ name: 'a' }], nextCursor: 'same' })
  },
  'not-a-list': () => {
    methods['prompts/list'] = request => complete(request, { prompts: 'many' })
  },
  'refuses-subscribe': () => {
    methods['resources/subscribe'] = request => error(request, -32602, 'no such resource')
  },
  'ignores-level': () => {
    methods['logging/setLevel'] = () => {}
  },
  'logs-at-start': () =>
    void setTimeout(() => send({ method: 'notifications/message', params: { level: 'info', data: 'up' } }), 300),
  'asks-at-start': () => void setTimeout(() => ask('roots/list', {}), 100),
}

eachMessage(receive)
const prepare = faults[fault]
if (prepare === undefined) throw new Error(`There is no fault "${fault}".`)
prepare()

function receive(message: Message): void {
  received.push(message)
  const { id, method, params = {} } = message
  if (method === 'notifications/cancelled') listens.delete(params.requestId as string | number)
  if (id !== undefined && method === undefined) answers.get(String(id))?.(message)
  if (id === undefined || method === undefined) return
  const handler = methods[method]
  const request = { id, method, params }
  if (handler === undefined) error(request, -32601, 'Method not found')
  else handler(request)
}
