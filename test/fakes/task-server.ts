import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { z } from 'zod'

// A server of the SDK's first line whose tools run as tasks, over stdio. Run as `node task-server.ts`.

const taskStore = new InMemoryTaskStore()
const server = new McpServer(
  { name: 'tasks', version: '1' },
  {
    capabilities: { tools: {}, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
    taskStore,
    defaultTaskPollInterval: 20,
  },
)

for (const taskSupport of ['optional', 'required'] as const) {
  server.experimental.tasks.registerToolTask(
    taskSupport,
    { description: 'Waits, then tells for how long.', inputSchema: { ms: z.number() }, execution: { taskSupport } },
    {
      createTask: async ({ ms }, { taskStore, taskRequestedTtl }) => {
        const task = await taskStore.createTask({ ttl: taskRequestedTtl ?? 60_000, pollInterval: 20 })
        setTimeout(() => {
          const content = [{ type: 'text' as const, text: `waited ${ms}` }]
          // It may have been cancelled meanwhile.
          taskStore.storeTaskResult(task.taskId, 'completed', { content }).catch(() => {})
        }, ms)
        return { task }
      },
      getTask: async (_, { taskStore, taskId }) => taskStore.getTask(taskId),
      getTaskResult: async (_, { taskStore, taskId }) => (await taskStore.getTaskResult(taskId)) as never,
    },
  )
}
await server.connect(new StdioServerTransport())
