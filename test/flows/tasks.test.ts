import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CallToolResultSchema, CreateTaskResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { modernTaskServer } from '../fakes/modern-tasks.ts'
import { modern, postModern, postStream } from '../serve/door.ts'
import { cli, servePatchbay, writeConfig } from './patchbay.ts'

const script = join(import.meta.dirname, '../fakes/task-server.ts')
const entry = { command: process.execPath, args: [script], protocol: 'legacy' }

async function connect(transport: Transport): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: { tasks: { cancel: {}, list: {} } } })
  onTestFinished(() => client.close())
  await client.connect(transport)
  return client
}

const relatedTask = 'io.modelcontextprotocol/related-task'

async function begin(client: Client, args: object) {
  const params = { name: 'optional', arguments: args, task: { ttl: 60_000 } }
  return client.request({ method: 'tools/call', params } as never, CreateTaskResultSchema)
}

/** On a busy machine the first list may come before the server has started. */
function listed(client: Client) {
  const list = async () => {
    const answer = await client.listTools()
    expect(answer.tools.length).toBeGreaterThan(0)
    return answer
  }
  return vi.waitFor(list, { timeout: 15_000, interval: 100 })
}

/** The same client, directly and through the gateway. */
const ways: [string, () => Promise<Client>][] = [
  ['directly', () => connect(new StdioClientTransport({ command: process.execPath, args: [script] }))],
  [
    'over HTTP',
    async () => {
      const { url } = await servePatchbay({ tasks: entry })
      return connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp/tasks`)) as Transport)
    },
  ],
  [
    'over stdio',
    async () => {
      const config = await writeConfig({ tasks: entry })
      const args = [cli, 'stdio', '--config', config, '--server', 'tasks']
      return connect(new StdioClientTransport({ command: process.execPath, args }))
    },
  ],
]

describe.each(ways)('a task of an old server, asked for %s', (_, open) => {
  it('is begun, followed to its end and gives its result', async () => {
    const client = await open()
    // The SDK looks into the list for how a tool may be called.
    const { tools } = await listed(client)
    expect(tools.map(({ name, execution }) => [name, execution?.taskSupport])).toEqual([
      ['optional', 'optional'],
      ['required', 'required'],
    ])
    const seen: string[] = []
    const params = { name: 'required', arguments: { ms: 60 } }
    for await (const message of client.experimental.tasks.callToolStream(params, CallToolResultSchema)) {
      if (message.type === 'taskStatus' || message.type === 'taskCreated') seen.push(message.task.status)
      if (message.type === 'result') expect(message.result.content).toEqual([{ type: 'text', text: 'waited 60' }])
      if (message.type === 'error') throw message.error
    }
    expect(seen[0]).toBe('working')
    expect(seen.at(-1)).toBe('completed')
  })

  it('is cancelled', async () => {
    const client = await open()
    await listed(client)
    const params = { name: 'optional', arguments: { ms: 60_000 } }
    let taskId = ''
    for await (const message of client.experimental.tasks.callToolStream(params, CallToolResultSchema, {
      task: { ttl: 60_000 },
    })) {
      if (message.type !== 'taskCreated') break
      taskId = message.task.taskId
      await client.experimental.tasks.cancelTask(taskId)
    }
    expect((await client.experimental.tasks.getTask(taskId)).status).toBe('cancelled')
  })
})

describe.each(ways)('of a task of an old server, asked for %s, its client', (_, open) => {
  it('is told the progress and the status, and nothing is told of an id that it does not have', async () => {
    const client = await open()
    await listed(client)
    const told: { method: string; params?: Record<string, unknown> | undefined }[] = []
    client.fallbackNotificationHandler = async notification => void told.push(notification)
    const steps: number[] = []
    let taskId = ''
    const params = { name: 'optional', arguments: { ms: 400 } }
    const options = {
      task: { ttl: 60_000 },
      onprogress: ({ progress }: { progress: number }) => void steps.push(progress),
    }
    for await (const message of client.experimental.tasks.callToolStream(params, CallToolResultSchema, options)) {
      if (message.type === 'taskCreated') {
        taskId = message.task.taskId
        expect(message.task.ttl).toBe(60_000)
      }
      if (message.type === 'error') throw message.error
    }
    await vi.waitFor(() => expect(told.map(({ method }) => method)).toContain('notifications/tasks/status'))
    expect(steps).toEqual([1])
    const status = told.find(({ method }) => method === 'notifications/tasks/status')
    expect(status?.params).toMatchObject({ taskId, status: 'completed' })
    const log = told.find(({ method }) => method === 'notifications/message')
    expect(log?.params).toMatchObject({ data: 'half-way', _meta: { [relatedTask]: { taskId } } })
  })

  it('gets the result of one that failed, and the refusal to cancel one that is over', async () => {
    const client = await open()
    await listed(client)
    const { task } = await begin(client, { ms: 10, fail: true })
    const { taskId } = task
    await vi.waitFor(async () => expect((await client.experimental.tasks.getTask(taskId)).status).toBe('failed'))
    const failed = await client.experimental.tasks.getTaskResult(taskId, CallToolResultSchema)
    expect(failed).toMatchObject({
      isError: true,
      content: [{ text: 'waited 10' }],
      _meta: { [relatedTask]: { taskId } },
    })
    await expect(client.experimental.tasks.cancelTask(taskId)).rejects.toMatchObject({ code: -32602 })
  })

  it('lists its tasks, which have the ids that it knows', async () => {
    const client = await open()
    await listed(client)
    const begun = [await begin(client, { ms: 60_000 }), await begin(client, { ms: 60_000 })]
    const { tasks } = await client.experimental.tasks.listTasks()
    const ids = begun.map(({ task }) => task.taskId)
    expect(tasks.map(({ taskId }) => taskId).sort()).toEqual(ids.toSorted())
    await client.experimental.tasks.cancelTask(ids[0] ?? '')
    const after = await client.experimental.tasks.listTasks()
    expect(after.tasks.find(({ taskId }) => taskId === ids[0])?.status).toBe('cancelled')
    await expect(client.experimental.tasks.listTasks('none')).rejects.toMatchObject({ code: -32602 })
  })
})

describe('a child that a client has of its own', () => {
  it('is not stopped while it runs a task, however idle, and another client cannot look at the task in its own', async () => {
    const own = { ...entry, perSession: true, idleTimeoutMs: 50 }
    const { url } = await servePatchbay({ tasks: own })
    const open = () => connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp/tasks`)) as Transport)
    const [one, two] = [await open(), await open()]
    await listed(one)
    const told: unknown[] = []
    one.fallbackNotificationHandler = async ({ method, params }) => void told.push([method, params?.status])
    const { task } = await begin(one, { ms: 400 })
    await vi.waitFor(() => expect(told).toContainEqual(['notifications/tasks/status', 'completed']))
    expect(await one.experimental.tasks.getTaskResult(task.taskId, CallToolResultSchema)).toMatchObject({
      content: [{ text: 'waited 400' }],
    })
    await expect(two.experimental.tasks.getTask(task.taskId)).rejects.toMatchObject({ code: -32602 })
  })
})

describe('a program that is stopped when it is idle', () => {
  it('is not while it runs a task, nor before its result was got', async () => {
    const { url } = await servePatchbay({ tasks: { ...entry, idleTimeoutMs: 50 } })
    const client = await connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp/tasks`)) as Transport)
    await listed(client)
    const { task } = await begin(client, { ms: 400 })
    await new Promise(resolve => setTimeout(resolve, 500))
    expect((await client.experimental.tasks.getTask(task.taskId)).status).toBe('completed')
  })
})

describe('a tool that its server runs only as a task', () => {
  it('is called by clients who know of no tasks, of either era', async () => {
    const { url } = await servePatchbay({ tasks: entry })
    const call = { name: 'tasks__required', arguments: { ms: 30 } }
    const content = [{ type: 'text', text: 'waited 30' }]
    const old = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call }),
    })
    expect(await old.json()).toEqual({ jsonrpc: '2.0', id: 1, result: { content } })
    const young = await postModern(`${url}/mcp`, 'tools/call', call)
    expect(young.body.result).toMatchObject({ resultType: 'complete', content })
  })
})

describe('a tool that its modern server runs only as a task', () => {
  it('is called by every client that knows of no tasks, and by those that do as one', async () => {
    const server = await modernTaskServer()
    onTestFinished(() => server.close())
    const { url } = await servePatchbay({ up: { url: server.url, protocol: 'modern' } })
    const call = { name: 'up__must', arguments: { a: 1 } }
    const content = [{ type: 'text', text: '{"a":1}' }]
    const client = await connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)) as Transport)
    expect(await client.callTool(call)).toMatchObject({ content })
    // Now it is known, and no call is wasted on being refused.
    const before = server.requests.length
    const young = await postModern(`${url}/mcp`, 'tools/call', call)
    expect(young.body.result).toMatchObject({ resultType: 'complete', content })
    const since = server.requests.slice(before).map(({ rpc }) => rpc.method)
    expect(since.filter(method => method !== 'tools/list')).toEqual(['tools/call', 'tasks/get'])
    const rest = await fetch(`${url}/mcp-rest/tools/call`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(call),
    })
    expect(await rest.json()).toMatchObject({ content })
    const _meta = {
      'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
    }
    const taking = await postModern(`${url}/mcp`, 'tools/call', { ...call, _meta })
    expect(taking.body.result).toMatchObject({ resultType: 'task', status: 'working' })
  })
})

describe('a task for a tool that does not run as one', () => {
  it('is refused with -32601, and the tool is not run', async () => {
    const young = await modernTaskServer()
    onTestFinished(() => young.close())
    const { url } = await servePatchbay({ tasks: entry, up: { url: young.url, protocol: 'modern' } })
    const ask = async (method: string, params: object) => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const response = await fetch(`${url}/mcp`, { method: 'POST', headers, body })
      return { status: response.status, ...((await response.json()) as { result?: unknown; error?: unknown }) }
    }
    const { result } = (await ask('tools/list', {})) as { result: { tools: { name: string; execution?: object }[] } }
    expect(result.tools.map(({ name, execution }) => [name, execution])).toEqual([
      ['tasks__optional', { taskSupport: 'optional' }],
      ['tasks__required', { taskSupport: 'required' }],
      ['up__ask', undefined],
      ['up__must', undefined],
    ])
    for (const name of ['up__ask', 'up__must'])
      expect(await ask('tools/call', { name, arguments: {}, task: {} })).toMatchObject({
        status: 200,
        error: { code: -32601, message: expect.stringContaining(`"${name}" cannot be called as a task`) },
      })
    expect(await ask('tools/call', { name: 'none', task: {} })).toMatchObject({ error: { code: -32602 } })
    expect(young.requests.some(({ rpc }) => rpc.method === 'tools/call')).toBe(false)
  })
})

describe('the id of a task', () => {
  it('is of no use to anyone but the caller whom it was given to', async () => {
    const keys = { one: { key: 'a-key-of-the-first-caller' }, two: { key: 'a-key-of-the-second-one' } }
    const { url } = await servePatchbay({ tasks: entry }, { keys })
    const ask = async (key: string, method: string, params: object) => {
      const headers = { 'content-type': 'application/json', 'x-api-key': key }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const response = await fetch(`${url}/mcp`, { method: 'POST', headers, body })
      return (await response.json()) as { result?: Record<string, unknown>; error?: { code: number; message: string } }
    }
    const call = { name: 'tasks__optional', arguments: { ms: 10 }, task: { ttl: 60_000 } }
    const { result } = await ask(keys.one.key, 'tools/call', call)
    const { taskId } = (result as { task: { taskId: string } }).task
    const unknown = { code: -32602, message: 'No task has this taskId.' }
    expect((await ask(keys.two.key, 'tasks/get', { taskId })).error).toMatchObject(unknown)
    expect((await ask(keys.one.key, 'tasks/get', { taskId: `${taskId}x` })).error).toMatchObject(unknown)
    const listed = await Promise.all([keys.one, keys.two].map(({ key }) => ask(key, 'tasks/list', {})))
    expect(
      listed.map(({ result }) => (result as { tasks: { taskId: string }[] }).tasks.map(each => each.taskId)),
    ).toEqual([[taskId], []])
    await vi.waitFor(async () => {
      const task = await ask(keys.one.key, 'tasks/get', { taskId })
      expect(task.result).toMatchObject({ taskId, status: 'completed' })
    })
    const done = await ask(keys.one.key, 'tasks/result', { taskId })
    expect(done.result).toMatchObject({
      content: [{ text: 'waited 10' }],
      _meta: { 'io.modelcontextprotocol/related-task': { taskId } },
    })
  })
})

describe('a task of a modern server', () => {
  const extensions = { 'io.modelcontextprotocol/tasks': {} }
  const open = async () => {
    const server = await modernTaskServer()
    onTestFinished(() => server.close())
    const { url } = await servePatchbay({ up: { url: server.url, protocol: 'modern' } })
    const ask = async (method: string, params: object, capabilities: object = { extensions }) => {
      const _meta = { 'io.modelcontextprotocol/clientCapabilities': capabilities }
      return (await postModern(`${url}/mcp`, method, { ...params, _meta })).body
    }
    return { server, ask, url }
  }

  it('is begun, asked for input, answered and done, under an id of ours', async () => {
    const { server, ask } = await open()
    const { result: begun } = await ask('tools/call', { name: 'up__ask', arguments: {} })
    expect(begun).toMatchObject({ resultType: 'task', status: 'working', ttlMs: 60_000 })
    const { taskId } = begun as { taskId: string }
    expect(taskId).not.toContain('task-1')
    const waiting = await ask('tasks/get', { taskId })
    expect(waiting.result).toMatchObject({ resultType: 'complete', taskId, status: 'input_required' })
    expect(waiting.result.inputRequests).toEqual({
      name: { method: 'elicitation/create', params: { message: 'Who?' } },
    })
    const inputResponses = { name: { action: 'accept', content: { who: 'Rex' } } }
    const { result: ack } = await ask('tasks/update', { taskId, inputResponses })
    expect(Object.keys(ack).sort()).toEqual(['_meta', 'resultType'])
    const done = await ask('tasks/get', { taskId })
    expect(done.result).toMatchObject({
      status: 'completed',
      result: { content: [{ text: JSON.stringify(inputResponses) }] },
    })
    expect((await ask('tasks/cancel', { taskId })).result).toMatchObject({ resultType: 'complete' })
    expect(server.seen.map(({ method, name, taskId }) => [method, name, taskId])).toEqual(
      ['tasks/get', 'tasks/update', 'tasks/get', 'tasks/cancel'].map(method => [method, 'task-1', 'task-1']),
    )
  })

  it('is told of on the stream of a client that follows it, under the id of ours', async () => {
    const { ask, url } = await open()
    const { result } = await ask('tools/call', { name: 'up__ask', arguments: {} })
    const { taskId } = result as { taskId: string }
    const _meta = { 'io.modelcontextprotocol/clientCapabilities': { extensions } }
    const notifications = { taskIds: [taskId, 'foreign'] }
    const { body, headers } = modern('subscriptions/listen', { notifications, _meta })
    const stream = await postStream(`${url}/mcp`, body, headers)
    onTestFinished(() => stream.close())
    expect(await stream.next()).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { taskIds: [taskId] } },
    })
    const method = 'notifications/tasks'
    expect(await stream.next()).toMatchObject({
      method,
      params: { taskId, status: 'input_required', _meta: { 'io.modelcontextprotocol/subscriptionId': 1 } },
    })
    await ask('tasks/update', { taskId, inputResponses: { name: { action: 'decline' } } })
    expect(await stream.next()).toMatchObject({ method, params: { taskId, status: 'completed', result: {} } })
    const refused = await postModern(`${url}/mcp`, 'subscriptions/listen', { notifications })
    expect([refused.status, refused.body.error]).toMatchObject([
      400,
      { code: -32021, data: { requiredCapabilities: { extensions } } },
    ])
    expect((await ask('subscriptions/listen', { notifications: { taskIds: 7 } })).error).toMatchObject({ code: -32602 })
  })

  it('is not begun for a client that does not know of tasks, which may not ask for one either', async () => {
    const { ask, url } = await open()
    const at = { content: [{ type: 'text', text: 'at once' }] }
    expect((await ask('tools/call', { name: 'up__ask', arguments: {} }, {})).result).toMatchObject(at)
    expect((await ask('tasks/get', { taskId: 'x' }, {})).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions } },
    })
    const client = await connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)) as Transport)
    expect(await client.callTool({ name: 'up__ask', arguments: {} })).toMatchObject(at)
  })

  it('is refused under an id that is not ours', async () => {
    const { ask } = await open()
    expect((await ask('tasks/get', { taskId: 'task-1' })).error).toMatchObject({ code: -32602 })
    expect((await ask('tasks/result', { taskId: 'task-1' })).error).toMatchObject({ code: -32601 })
  })
})
