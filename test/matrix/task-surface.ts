import type { CallScope, Json, Surface } from '../fakes/full/surface.ts'
import { RpcError } from '../fakes/full/surface.ts'

const extension = 'io.modelcontextprotocol/tasks'
const relatedTask = 'io.modelcontextprotocol/related-task'
const workMs = 150

type Task = { state: Json; result: Json; timer: NodeJS.Timeout }

/** A server whose tools run as tasks in the form of either era: neither SDK does so by itself for a surface. */
export function makeTaskSurface(): Surface {
  const tasks = new Map<string, Task>()
  const find = ({ taskId }: Json): Task => {
    const task = tasks.get(taskId)
    if (task === undefined) throw new RpcError(-32602, 'Task not found')
    return task
  }
  const change = (task: Task, status: string): void =>
    void Object.assign(task.state, { status, lastUpdatedAt: new Date().toISOString() })

  const begin = ({ name, arguments: args = {}, task: wanted }: Json, { era, announce }: CallScope): Json => {
    const taskId = `task-${tasks.size + 1}`
    const at = new Date().toISOString()
    const times =
      era === 'modern' ? { ttlMs: 60_000, pollIntervalMs: 50 } : { ttl: wanted.ttl ?? null, pollInterval: 50 }
    const state = { taskId, status: 'working', createdAt: at, lastUpdatedAt: at, ...times, 'x-unknown': { kept: 1 } }
    const finish = (): void => {
      // To the modern era a tool's own failure is a result like any other.
      change(task, name === 'failing' && era === 'legacy' ? 'failed' : 'completed')
      if (era === 'legacy') void announce({ kind: 'task', task: { ...state } })
    }
    const task: Task = { state, result: resultOf(name, args), timer: setTimeout(finish, workMs) }
    tasks.set(taskId, task)
    return era === 'modern' ? { resultType: 'task', ...state } : { task: { ...state } }
  }

  return {
    info: { name: 'tasks', version: '1.0.0' },
    unchecked: true,
    capabilities: {
      tools: {},
      tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
      extensions: { [extension]: {} },
    },
    methods: {
      'tools/list': () => ({
        tools: ['working', 'failing'].map(name => ({
          name,
          inputSchema: { type: 'object' },
          execution: { taskSupport: 'optional' },
        })),
      }),
      'tools/call'(params, scope) {
        const takes = scope.era === 'modern' ? scope.clientCapabilities.extensions?.[extension] : params.task
        return takes === undefined ? resultOf(params.name, params.arguments ?? {}) : begin(params, scope)
      },
      'tasks/get'(params, { era }) {
        const { state, result } = find(params)
        return { ...state, ...(era === 'modern' && state.status === 'completed' && { result }) }
      },
      async 'tasks/result'(params) {
        const task = find(params)
        while (task.state.status === 'working') await new Promise(resolve => setTimeout(resolve, 10))
        if (task.state.status === 'cancelled') throw new RpcError(-32000, 'It was cancelled.', { by: 'the client' })
        return { ...task.result, _meta: { ...task.result._meta, [relatedTask]: { taskId: params.taskId } } }
      },
      'tasks/cancel'(params, { era }) {
        const task = find(params)
        if (task.state.status !== 'working') throw new RpcError(-32602, `It is ${task.state.status} already.`)
        clearTimeout(task.timer)
        change(task, 'cancelled')
        return era === 'modern' ? {} : { ...task.state }
      },
      'tasks/list': () => ({ tasks: [...tasks.values()].map(({ state }) => ({ ...state })) }),
    },
  }
}

function resultOf(name: string, args: Json): Json {
  return {
    content: [{ type: 'text', text: JSON.stringify(args) }],
    ...(name === 'failing' && { isError: true }),
    _meta: { 'example.com/result': 1 },
    'x-unknown': [1],
  }
}
