import type { Json } from '../fakes/full/surface.ts'
import type { Observe } from './capabilities.ts'
import type { ProofClient } from './clients.ts'
import { refusal, tellOnly, until } from './observe.ts'

const relatedTask = 'io.modelcontextprotocol/related-task'

/** Everything about tasks of the old era that a client can see. Ids and times belong to the hop, and are only compared with each other. */
export const taskObservations: Readonly<Record<string, Observe>> = {
  'a task is begun, looked at, and gives its result': async client => {
    const { task } = await begin(client, 'working', { a: 'ä' })
    const { taskId } = task
    const first = await client.request('tasks/get', { taskId })
    const result = await client.request('tasks/result', { taskId })
    const last = await client.request('tasks/get', { taskId })
    return {
      seen: [task, first, last].map(each => stateOf(each, taskId)),
      result: { ...result, _meta: metaOf(result, taskId) },
    }
  },
  "a task that ends with the tool's own failure": async client => {
    const { task } = await begin(client, 'failing')
    const { taskId } = task
    const result = await client.request('tasks/result', { taskId })
    return [
      stateOf(await client.request('tasks/get', { taskId }), taskId),
      { ...result, _meta: metaOf(result, taskId) },
    ]
  },
  'a task that is cancelled, twice': async client => {
    const { task } = await begin(client, 'working')
    const { taskId } = task
    const cancelled = stateOf(await client.request('tasks/cancel', { taskId }), taskId)
    const again = await refusal(client.request('tasks/cancel', { taskId }), 'as the server said it')
    return {
      cancelled,
      again,
      result: await refusal(client.request('tasks/result', { taskId }), 'as the server said it'),
    }
  },
  'a task that is not there': client => refusal(client.request('tasks/get', { taskId: 'nothing' })),
  'the status of a task is told': async client => {
    client.told.length = 0
    const { task } = await begin(client, 'working')
    const { taskId } = task
    const told = (): Json[] =>
      tellOnly(client.told, 'notifications/tasks/status').filter(each => each.taskId === taskId)
    await until(() => told().length > 0)
    return told().map(each => stateOf(each, taskId))
  },
  'tasks are listed': async client => {
    const begun = [await begin(client, 'working'), await begin(client, 'failing')].map(({ task }) => task.taskId)
    for (const taskId of begun) await client.request('tasks/result', { taskId })
    const { tasks } = await client.request('tasks/list', {})
    return begun
      .map(taskId => tasks.find((each: Json) => each.taskId === taskId))
      .map(each => stateOf(each, each.taskId))
  },
  'the same tool without a task': client => client.request('tools/call', { name: 'working', arguments: { b: 1 } }),
}

/** Everything about tasks of the modern era. */
export const modernTaskObservations: Readonly<Record<string, Observe>> = {
  'a task is begun, looked at, and gives its result': client => toItsEnd(client, 'working'),
  "a task that ends with the tool's own failure": client => toItsEnd(client, 'failing'),
  'a task that is cancelled': async client => {
    const { taskId } = await client.request('tools/call', { name: 'working', arguments: {} })
    const acknowledged = await client.request('tasks/cancel', { taskId })
    return { acknowledged, state: stateOf(await client.request('tasks/get', { taskId }), taskId) }
  },
  'a task that is not there': client => refusal(client.request('tasks/get', { taskId: 'nothing' })),
}

async function toItsEnd(client: ProofClient, name: string): Promise<unknown> {
  const begun = await client.request('tools/call', { name, arguments: { a: 'ä' } })
  const look = (): Promise<Json> => client.request('tasks/get', { taskId: begun.taskId })
  const first = await look()
  await until(async () => (await look()).status !== 'working')
  return [begun, first, await look()].map(each => stateOf(each, begun.taskId))
}

function begin(client: ProofClient, name: string, args: Json = {}): Promise<Json> {
  return client.request('tools/call', { name, arguments: args, task: { ttl: 60_000 } })
}

/** A task without its times; whether it has the id that it is known by. */
function stateOf({ taskId, createdAt, lastUpdatedAt, ...state }: Json, expected: string): Json {
  return {
    ...state,
    hasId: taskId === expected,
    hasTimes: [createdAt, lastUpdatedAt].every(at => !Number.isNaN(Date.parse(at))),
  }
}

/** Whether a result names its task by the id that its client has of it. */
function metaOf({ _meta = {} }: Json, taskId: string): Json {
  const { [relatedTask]: related, ...rest } = _meta
  return { ...rest, namesTask: related?.taskId === taskId }
}
