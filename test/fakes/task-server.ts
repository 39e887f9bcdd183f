import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

// A server of the SDK's first line whose tools run as tasks, over stdio. Run as `node task-server.ts`. Half-way a task tells of its
// progress and logs a line; `fail` ends it as the tool's own failure.

const taskStore = new InMemoryTaskStore()
const server = new McpServer(
  { name: 'tasks', version: '1' },
  {
    capabilities: { tools: {}, logging: {}, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
    taskStore,
    defaultTaskPollInterval: 20,
  },
)

const shape = { ms: z.number(), fail: z.boolean().optional() }

function tellOf(taskId: string, progressToken: string | number | undefined): void {
  const _meta = { 'io.modelcontextprotocol/related-task': { taskId } }
  if (progressToken !== undefined)
    void server.server.notification({ method: 'notifications/progress', params: { progressToken, progress: 1, _meta } })
  const params = { level: 'warning' as const, data: 'half-way', _meta }
  void server.server.notification({ method: 'notifications/message', params })
}

for (const taskSupport of ['optional', 'required'] as const) {
  server.experimental.tasks.registerToolTask(
    taskSupport,
    { description: 'Waits, then tells for how long.', inputSchema: shape, execution: { taskSupport } },
    {
      createTask: async ({ ms, fail }, { taskStore, taskRequestedTtl, _meta }) => {
        const task = await taskStore.createTask({ ttl: taskRequestedTtl ?? 60_000, pollInterval: 20 })
        const { taskId } = task
        setTimeout(() => tellOf(taskId, _meta?.progressToken), ms / 2)
        setTimeout(() => {
          const content = [{ type: 'text' as const, text: `waited ${ms}` }]
          const [status, result] = fail
            ? (['failed', { content, isError: true }] as const)
            : (['completed', { content }] as const)
          // It may have been cancelled meanwhile.
          taskStore.storeTaskResult(taskId, status, result).catch(() => {})
        }, ms)
        return { task }
      },
      getTask: async (_, { taskStore, taskId }) => taskStore.getTask(taskId),
      getTaskResult: async (_, { taskStore, taskId }) => (await taskStore.getTaskResult(taskId)) as never,
    },
  )
}
await server.connect(new StdioServerTransport())
