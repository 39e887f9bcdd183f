import type { Stub } from './http-stub.ts'
import { httpStub, sendRpc } from './http-stub.ts'

const extension = 'io.modelcontextprotocol/tasks'
const revision = '2026-07-28'
const tools = [
  { name: 'ask', inputSchema: { type: 'object' } },
  // A word of the revision before it, by which no client may go here.
  { name: 'must', inputSchema: { type: 'object' }, execution: { taskSupport: 'optional' } },
]

/** What the server saw of a request about a task: its method, its header, and the id that it was asked for. */
export type SeenTaskRequest = Readonly<{ method: string; name: unknown; taskId: unknown; capabilities: unknown }>

/**
 * A server of 2026-07-28 with the extension of tasks (SEP-2663), which no SDK has: its tool `ask` begins a task that wants an
 * answer and then completes, for clients that declare the extension; for others it answers at once. `must` works for a while
 * and is refused to others.
 */
export async function modernTaskServer(): Promise<Stub & Readonly<{ seen: readonly SeenTaskRequest[] }>> {
  const tasks = new Map<string, { status: string; said?: unknown }>()
  const seen: SeenTaskRequest[] = []
  const server = await httpStub(({ method, rpc, headers }, response) => {
    if (method !== 'POST') return void response.writeHead(405).end()
    const { params = {} } = rpc
    const { clientCapabilities } = Object.fromEntries(
      Object.entries((params._meta ?? {}) as object).map(([key, value]) => [key.split('/')[1], value]),
    )
    const taskId = String(params.taskId)
    const task = tasks.get(taskId)
    if (rpc.method?.startsWith('tasks/'))
      seen.push({ method: rpc.method, name: headers['mcp-name'], taskId, capabilities: clientCapabilities })
    const times = { createdAt: '2026-11-26T00:00:00Z', lastUpdatedAt: '2026-11-26T00:00:00Z', ttlMs: 60_000 }
    const complete = (result: object): void =>
      sendRpc(response, rpc.id, { result: { resultType: 'complete', ...result } })
    switch (rpc.method) {
      case 'server/discover':
        return complete({
          supportedVersions: [revision],
          capabilities: { tools: {}, extensions: { [extension]: {} } },
          ttlMs: 0,
          cacheScope: 'private',
        })
      case 'tools/list':
        return complete({ tools, ttlMs: 0, cacheScope: 'private' })
      case 'tools/call': {
        const isStrict = params.name === 'must'
        if (clientCapabilities?.extensions?.[extension] === undefined) {
          if (!isStrict) return complete({ content: [{ type: 'text', text: 'at once' }] })
          const data = { requiredCapabilities: { extensions: { [extension]: {} } } }
          return sendRpc(response, rpc.id, { error: { code: -32021, message: 'Tasks are needed.', data } })
        }
        const id = `task-${tasks.size + 1}`
        tasks.set(id, isStrict ? { status: 'completed', said: params.arguments } : { status: 'input_required' })
        return sendRpc(response, rpc.id, {
          result: { resultType: 'task', taskId: id, status: 'working', pollIntervalMs: 50, ...times },
        })
      }
    }
    if (task === undefined)
      return sendRpc(response, rpc.id, { error: { code: -32602, message: `There is no task "${taskId}".` } })
    if (rpc.method === 'tasks/cancel') task.status = 'cancelled'
    if (rpc.method === 'tasks/update') Object.assign(task, { status: 'completed', said: params.inputResponses })
    if (rpc.method !== 'tasks/get') return complete({})
    const inputRequests = { name: { method: 'elicitation/create', params: { message: 'Who?' } } }
    complete({
      taskId,
      status: task.status,
      ...times,
      ...(task.status === 'input_required' && { inputRequests }),
      ...(task.status === 'completed' && { result: { content: [{ type: 'text', text: JSON.stringify(task.said) }] } }),
    })
  })
  return { ...server, seen }
}
