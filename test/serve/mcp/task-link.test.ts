import { expect, it } from 'vitest'
import { contextOfTask } from '../../../src/serve/mcp/task-link.ts'
import { fakeClient } from '../../fakes/client-link.ts'

const signal = new AbortController().signal
const related = { 'io.modelcontextprotocol/related-task': { taskId: 'sealed' } }

it('says of whatever the client is asked or told about a task, which task it is', async () => {
  const client = fakeClient()
  const { client: link } = contextOfTask({ signal, client }, 'sealed')
  await link?.ask('elicitation/create', { message: 'Who?', _meta: { 'example.com/a': 1 } }, { signal })
  link?.log({ level: 'info', data: 'x' })
  link?.notify('notifications/elicitation/complete', { elicitationId: 'e' })
  expect(client.asked.map(({ params }) => params)).toEqual([
    { message: 'Who?', _meta: { 'example.com/a': 1, ...related } },
  ])
  expect(client.logs).toEqual([{ level: 'info', data: 'x', _meta: related }])
  expect(client.notes[0]?.params).toEqual({ elicitationId: 'e', _meta: related })
})

it('says of the progress of a request about a task, which task it is', () => {
  const steps: unknown[] = []
  contextOfTask({ signal, onProgress: step => void steps.push(step) }, 'sealed').onProgress?.({ progress: 1 })
  expect(steps).toEqual([{ progress: 1, _meta: related }])
})

it('leaves a context without a client without one', () => {
  expect(contextOfTask({ signal }, 'sealed').client).toBeUndefined()
})
