import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { calls, says } from '../../../fakes/openai-provider.ts'
import { fixtures, hasFixtures } from '../../../providers/recorded-fixtures.ts'
import type { Input, Item } from './responses-setup.ts'
import { ask, eventsOf, mcp, own, sendBack, startResponses } from './responses-setup.ts'

type Told = { type: string; output_index?: number; item?: { type: string }; response?: { output: Item[] } }

const folder = 'packages/openai/src/responses/__fixtures__'
const recorded = (name: string): Told[] =>
  readFileSync(join(fixtures, folder, `${name}.chunks.txt`), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
const answered = (name: string): { output: Item[] } =>
  JSON.parse(readFileSync(join(fixtures, folder, `${name}.json`), 'utf8'))

/** The events that tell of items of one type, in their order, a run of the same written once. */
function lifeOf(type: string, events: readonly Told[]): string[] {
  const [first] = events.filter(event => event.item?.type === type)
  const own = events.filter(event => event.output_index === first?.output_index && first !== undefined)
  return own.map(event => event.type).filter((each, index, all) => each !== all[index - 1])
}

describe.skipIf(!hasFixtures)('recorded answers of OpenAI', () => {
  it.each([
    ['mcp_list_tools', 'openai-mcp-tool.1'],
    ['mcp_call', 'openai-mcp-tool.1'],
    ['message', 'openai-mcp-tool.1'],
    ['mcp_approval_request', 'openai-mcp-tool-approval.1'],
    ['function_call', 'openai-reasoning-encrypted-content.1'],
  ])('tell the life of an item of type %s as ours do', async (type, name) => {
    const turn = calls([
      { id: 'a', name: 'add', args: {} },
      { id: 'b', name: 'echo', args: {} },
      { id: 'x', name: 'mine', args: {} },
    ])
    const add = calls([{ id: 'c', name: 'add', args: {} }], { content: 'Let me see.' })
    const server = await startResponses([add, turn])
    const entry = mcp({ require_approval: { never: { tool_names: ['add'] } } })
    const events = await eventsOf(server, ask([entry, own('mine')]))
    const theirs = lifeOf(type, recorded(name))
    expect(theirs.length).toBeGreaterThan(1)
    expect(lifeOf(type, events as Told[])).toEqual(theirs)
  })

  it('begin and end as ours do', async () => {
    const events = await eventsOf(await startResponses([says('Hi.')]), ask([]))
    const ends = (list: readonly Told[]): string[] => [...list.slice(0, 2), ...list.slice(-1)].map(({ type }) => type)
    expect(ends(events as Told[])).toEqual(ends(recorded('openai-mcp-tool.1')))
  })

  it.each<[string, string]>([
    ['openai-mcp-tool.1', 'user assistant tool assistant user'],
    ['openai-mcp-tool-approval.4', 'user assistant tool assistant user'],
    ['openai-reasoning-encrypted-content.1', 'user assistant user'],
  ])('may be gone on with here: %s', async (name, roles) => {
    const server = await startResponses([says('ok')])
    const user: Input = { role: 'user', content: 'hi' }
    await server.client.responses.create(ask([mcp()], { input: [user, ...sendBack(answered(name).output), user] }))
    const messages = server.provider.received[0]?.body.messages ?? []
    expect(messages.map(({ role }) => role).join(' ')).toBe(roles)
  })
})
