import { describe, expect, it } from 'vitest'
import { withEnvelope } from '../../../src/sources/mcp/envelope.ts'
import { fakeClient } from '../../fakes/client-link.ts'

const tasks = { 'io.modelcontextprotocol/tasks': {} }
const ui = { 'io.modelcontextprotocol/ui': { mimeTypes: [] } }

describe('what a modern server is told that the client can do', () => {
  it.each([
    ['is all that it declares', { roots: {}, extensions: ui }, { roots: {}, extensions: ui }],
    ['has the extension of tasks', { extensions: { ...tasks, ...ui } }, { extensions: { ...tasks, ...ui } }],
    ['has no tasks as 2025-11-25 had them', { roots: {}, tasks: { list: {} } }, { roots: {} }],
    ['has one form of them alone', { tasks: {}, extensions: tasks }, { extensions: tasks }],
  ])('%s', (_, capabilities, expected) => {
    const { _meta } = withEnvelope({}, {}, fakeClient('one', { capabilities }))
    expect((_meta as Record<string, unknown>)['io.modelcontextprotocol/clientCapabilities']).toEqual(expected)
  })
})
