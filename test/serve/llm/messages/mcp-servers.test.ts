import { describe, expect, it } from 'vitest'
import { readServers } from '../../../../src/serve/llm/messages/mcp-servers.ts'
import type { InputTool } from '../../../../src/serve/llm/messages/messages-request.ts'
import type { Body } from './messages-setup.ts'
import { startMessages } from './messages-setup.ts'

const server = (name: string, fields: object = {}): Body => ({ type: 'url', name, url: 'patchbay/mcp/math', ...fields })
const toolset = (name: string, fields: object = {}): InputTool => ({
  type: 'mcp_toolset',
  mcp_server_name: name,
  ...fields,
})
const on = { enabled: true }
const off = { enabled: false }

describe('a toolset', () => {
  it.each<[string, object, object]>([
    ['has every tool by default', {}, {}],
    ['is a list of what may be used', { default_config: off, configs: { a: on, b: {} } }, { allowed_tools: ['a'] }],
    ['is a list of what may not', { configs: { a: off, b: on, c: {} } }, { disallowed_tools: ['a'] }],
    ['says the same with a default', { default_config: on, configs: { a: off } }, { disallowed_tools: ['a'] }],
    ['has no tool at all', { default_config: off }, { allowed_tools: [] }],
    ['takes null for nothing said', { default_config: null, configs: null }, {}],
  ])('%s', (_, fields, chosen) => {
    const { byPlace, unplaced } = readServers([server('s')], [toolset('s', fields)], true)
    expect(byPlace.get(0)?.entry).toEqual({
      type: 'mcp',
      server_label: 's',
      server_url: 'patchbay/mcp/math',
      require_approval: 'never',
      ...chosen,
    })
    expect(unplaced).toEqual([])
  })

  it.each<[string, Body[], InputTool[], RegExp]>([
    [
      'a server that no toolset names',
      [server('s'), server('t')],
      [toolset('s')],
      /MCP server 't' must be referenced by exactly one mcp_toolset/,
    ],
    [
      'a server named by two',
      [server('s')],
      [toolset('s'), toolset('s')],
      /"tools\[1\]\.mcp_server_name".*'s' is referenced by more than one/,
    ],
    ['a toolset without its server', [server('s')], [toolset('x')], /MCP server 'x' is not defined in mcp_servers/],
    ['two servers of one name', [server('s'), server('s')], [toolset('s')], /the name "s" is there twice/],
  ])('is refused with %s', (_, servers, tools, message) => {
    expect(() => readServers(servers, tools, false)).toThrow(message)
  })
})

describe('a server without a toolset', () => {
  it.each<[string, object, object]>([
    ['has every tool', {}, {}],
    [
      'has those of its tool_configuration',
      { tool_configuration: { enabled: true, allowed_tools: ['a'] } },
      { allowed_tools: ['a'] },
    ],
    ['is switched off by it', { tool_configuration: { enabled: false, allowed_tools: ['a'] } }, { allowed_tools: [] }],
    ['gets its token', { authorization_token: 't' }, { authorization: 't' }],
    [
      'may ask for approval, which is ours',
      { require_approval: { never: { tool_names: ['a'] } } },
      { require_approval: { never: { tool_names: ['a'] } } },
    ],
  ])('%s', (_, fields, told) => {
    expect(readServers([server('s', fields)], [], false).unplaced[0]?.entry).toMatchObject(told)
  })

  it('is refused where the caller asks for the beta of toolsets', () => {
    expect(() => readServers([server('s')], [], true)).toThrow(/must be referenced by exactly one mcp_toolset/)
  })

  it('is refused with a wrong approval, by its place', () => {
    expect(() => readServers([server('s', { require_approval: 'maybe' })], [], false)).toThrow(
      /"mcp_servers\[0\]\.require_approval": must be "always"/,
    )
  })
})

describe('what a model is offered', () => {
  const offered = async (fields: object): Promise<string[]> => {
    const { client, sent } = await startMessages({})
    await client.beta.messages.create({
      model: 'fast',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'hi' }],
      ...fields,
    } as never)
    return (sent.openai()[0].tools ?? []).map((tool: Body) => tool.function.name)
  }

  it.each<[string, object, string[]]>([
    [
      'a denied tool is left out',
      { mcp_servers: [server('s')], tools: [toolset('s', { configs: { echo: off } })] },
      ['add', 'text_upper'],
    ],
    [
      'tools go by the names of their source',
      { mcp_servers: [server('s')], tools: [toolset('s', { configs: { 'text/upper': off } })] },
      ['add', 'echo'],
    ],
    [
      'an unknown name changes nothing',
      { mcp_servers: [server('s')], tools: [toolset('s', { configs: { nope: off } })] },
      ['add', 'echo', 'text_upper'],
    ],
    [
      'an allowed tool stands alone',
      { mcp_servers: [server('s')], tools: [toolset('s', { default_config: off, configs: { add: on } })] },
      ['add'],
    ],
    [
      'the first beta works too',
      { mcp_servers: [server('s', { tool_configuration: { allowed_tools: ['add'] } })] },
      ['add'],
    ],
    [
      "our own entry, as LiteLLM's callers write it",
      { tools: [{ type: 'mcp', server_label: 's', server_url: 'litellm_proxy/mcp/docs' }] },
      ['echo', 'read'],
    ],
    [
      'every server in its place',
      {
        mcp_servers: [server('s', { url: 'patchbay/mcp/docs' }), server('t')],
        tools: [
          toolset('t', { default_config: off, configs: { add: on } }),
          { name: 'mine', input_schema: { type: 'object' } },
          toolset('s'),
        ],
      },
      ['add', 'mine', 'echo', 'read'],
    ],
  ])('%s', async (_, fields, names) => {
    expect(await offered(fields)).toEqual(names)
  })
})
