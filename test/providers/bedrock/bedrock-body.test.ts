import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { ChatMessage, TurnRequest } from '../../../src/core/model.ts'
import { bedrockCodec } from '../../../src/providers/bedrock/bedrock.ts'
import { faultsOf, hasServiceModel } from './service-model.ts'

const claude = 'anthropic.claude-sonnet-4-5-20250929-v1:0'
const png = 'data:image/png;base64,iVBORw0KGgo='
const pdf = 'data:application/pdf;base64,JVBERi0='
const tool = (name: string, description?: string) => ({
  type: 'function' as const,
  function: { name, ...(description !== undefined && { description }), parameters: { type: 'object', properties: {} } },
})
const call = (id: string, name = 'f', args = '{"x":1}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})
const user = { role: 'user', content: 'Hi' }
const asks = (...calls: ReturnType<typeof call>[]): ChatMessage => ({
  role: 'assistant',
  content: null,
  tool_calls: calls,
})
const result = (id: string, content: unknown, more: object = {}): ChatMessage => ({
  role: 'tool',
  tool_call_id: id,
  content,
  ...more,
})

// biome-ignore lint/suspicious/noExplicitAny: bodies are looked at, not typed
const bodies: any[] = []
// biome-ignore lint/suspicious/noExplicitAny: bodies are looked at, not typed
function write(messages: readonly ChatMessage[], more: Partial<TurnRequest> = {}): any {
  const request: TurnRequest = { model: claude, messages, tools: [], stream: false, rest: {}, ...more }
  const before = JSON.stringify(request)
  const { body } = bedrockCodec.write(request)
  expect(JSON.stringify(request)).toBe(before)
  bodies.push(body)
  return body
}

afterEach(() => {
  for (const body of bodies.splice(0)) expect(faultsOf(body, true)).toEqual([])
})

if (!hasServiceModel) process.stderr.write('Skipped: bodies are not held against the service model of Bedrock.\n')

it.skipIf(!hasServiceModel)('the service model finds what is wrong with a body', () => {
  const block = { toolUse: { toolUseId: 'a b', name: 'f.g', input: {} } }
  const faults = faultsOf({ messages: [{ role: 'tool', content: [block, {}] }], toolConfig: { tools: [] }, model: 'x' })
  expect(faults).toHaveLength(6)
})

describe('messages', () => {
  it('go to a path that names the model, whatever is in its name', () => {
    const request: TurnRequest = { model: 'arn:aws:bedrock:a/b', messages: [user], tools: [], stream: true, rest: {} }
    expect(bedrockCodec.write(request).path).toBe('/model/arn%3Aaws%3Abedrock%3Aa%2Fb/converse-stream')
    expect(bedrockCodec.write({ ...request, stream: false }).path).toBe('/model/arn%3Aaws%3Abedrock%3Aa%2Fb/converse')
  })

  it('of system and developer are a list of their own', () => {
    expect(
      write([{ role: 'system', content: 'A' }, user, { role: 'developer', content: [{ type: 'text', text: 'B' }] }]),
    ).toEqual({
      system: [{ text: 'A' }, { text: 'B' }],
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
    })
  })

  it('never have an empty text or an empty content (litellm#24668, bifrost#2765)', () => {
    const body = write([
      { role: 'system', content: '' },
      { role: 'user', content: '' },
      { role: 'assistant', content: '' },
      {
        role: 'user',
        content: [
          { type: 'text', text: ' \n' },
          { type: 'text', text: 'x' },
        ],
      },
      { role: 'assistant', content: [] },
    ])
    expect(body).toEqual({ messages: [{ role: 'user', content: [{ text: '(no content)' }, { text: 'x' }] }] })
  })

  it('begin with the user, alternate, and a prefill ends without white space', () => {
    expect(
      write([{ role: 'assistant', content: 'A' }, user, user, { role: 'assistant', content: '{ ' }]).messages,
    ).toEqual([
      { role: 'user', content: [{ text: '(no content)' }] },
      { role: 'assistant', content: [{ text: 'A' }] },
      { role: 'user', content: [{ text: 'Hi' }, { text: 'Hi' }] },
      { role: 'assistant', content: [{ text: '{' }] },
    ])
  })

  it('carry images and documents by data URI, each document under a name of its own and beside a text', () => {
    const file = { type: 'file', file: { file_data: pdf, filename: 'Q3_report (v2).pdf' } }
    expect(
      write([{ role: 'user', content: [{ type: 'image_url', image_url: { url: png } }, file, file] }]).messages[0]
        .content,
    ).toEqual([
      { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } },
      { document: { format: 'pdf', name: 'Q3 report (v2)', source: { bytes: 'JVBERi0=' } } },
      { document: { format: 'pdf', name: 'Q3 report (v2) 2', source: { bytes: 'JVBERi0=' } } },
      { text: '(see the document)' },
    ])
  })

  it.each([
    [
      'an address',
      { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
      /messages\[0\]\.content\[0\] is an address.*data URI/,
    ],
    ['a media type', { type: 'image_url', image_url: { url: 'data:image/svg+xml;base64,AA==' } }, /image\/svg\+xml/],
    ['a part', { type: 'hologram' }, /hologram/],
  ])('refuse %s that Bedrock cannot take, with the place', (_, part, message) => {
    const request: TurnRequest = {
      model: claude,
      messages: [{ role: 'user', content: [part] }],
      tools: [],
      stream: false,
      rest: {},
    }
    expect(() => bedrockCodec.write(request)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }))
    expect(() => bedrockCodec.write(request)).toThrow(message)
  })

  it('with cache_control are followed by a cache point', () => {
    const cached = { cache_control: { type: 'ephemeral' } }
    const body = write(
      [
        { role: 'system', content: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
        { ...user, ...cached },
        asks(call('a')),
        result('a', [{ type: 'text', text: 'r', ...cached }]),
      ],
      { tools: [{ ...tool('f'), ...cached }] },
    )
    const point = { cachePoint: { type: 'default' } }
    expect(body.system).toEqual([{ text: 'S' }, { cachePoint: { type: 'default', ttl: '1h' } }])
    expect(body.messages[0].content[1]).toEqual(point)
    expect(body.messages[2].content[1]).toEqual(point)
    expect(body.toolConfig.tools[1]).toEqual(point)
  })
})

describe('results', () => {
  it('of one round stand in one user turn, in the order of the calls (bifrost#1164)', () => {
    const body = write(
      [user, asks(call('a'), call('b', 'g')), result('b', 'B', { is_error: true }), result('a', 'A'), user],
      { tools: [tool('f'), tool('g')] },
    )
    expect(body.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { toolUse: { toolUseId: 'a', name: 'f', input: { x: 1 } } },
          { toolUse: { toolUseId: 'b', name: 'g', input: { x: 1 } } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'a', content: [{ text: 'A' }], status: 'success' } },
          { toolResult: { toolUseId: 'b', content: [{ text: 'B' }], status: 'error' } },
          { text: 'Hi' },
        ],
      },
    ])
  })

  it('keep images, documents and JSON, each as a block of its own (litellm#5652, litellm#16195)', () => {
    const content = [
      { type: 'text', text: 'T' },
      { type: 'image_url', image_url: { url: png } },
      { type: 'file', file: { file_data: pdf } },
      { type: 'json', json: { n: 1 } },
      { type: 'image_url', image_url: { url: 'https://x.test/a.png' } },
    ]
    expect(write([user, asks(call('a')), result('a', content)]).messages[2].content[0].toolResult.content).toEqual([
      { text: 'T' },
      { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } },
      { document: { format: 'pdf', name: 'document', source: { bytes: 'JVBERi0=' } } },
      { json: { n: 1 } },
      { text: '[image_url that this model cannot take]' },
    ])
  })

  it.each(['', null, [], [{ type: 'text', text: '' }]])('that are empty say so: %j (Portkey#1099)', content => {
    expect(write([user, asks(call('a')), result('a', content)]).messages[2].content[0].toolResult.content).toEqual([
      { text: '(no content)' },
    ])
  })

  it('that are missing, left over or of an id used twice do not fail the request', () => {
    const body = write([user, asks(call('a')), result('zz', 'left'), asks(call('a')), result('a', 'second')])
    expect(body.messages[2].content).toEqual([
      { toolResult: { toolUseId: 'a', content: [{ text: 'The call was not answered.' }], status: 'error' } },
      { text: 'The result of an earlier call:' },
      { text: 'left' },
    ])
    expect(body.messages[3].content[0].toolUse.toolUseId).toBe('a_2')
    expect(body.messages[4].content[0].toolResult.toolUseId).toBe('a_2')
  })

  it('have no status where the model takes none', () => {
    const body = write([user, asks(call('a')), result('a', 'no', { is_error: true })], {
      model: 'meta.llama3-1-70b-instruct-v1:0',
    })
    expect(body.messages[2].content[0].toolResult).toEqual({
      toolUseId: 'a',
      content: [{ text: 'The tool failed.' }, { text: 'no' }],
    })
  })
})

describe('calls in history', () => {
  it.each([
    ['', {}],
    ['{}', {}],
    ['{"a":1}', { a: 1 }],
    ['[1]', { arguments: [1] }],
    ['{"a', { arguments: '{"a' }],
  ])('have an object as input, also for %j (ai#16643)', (args, input) => {
    expect(write([user, asks(call('a', 'f', args)), result('a', 'r')]).messages[1].content[0].toolUse.input).toEqual(
      input,
    )
  })

  it('are replayed exactly as Bedrock said them, thinking and order included', () => {
    const content = [
      { reasoningContent: { reasoningText: { text: 'hm', signature: 'sig' } } },
      { toolUse: { toolUseId: 'tooluse.a', name: 'f', input: { x: 1 } } },
      { text: 'after' },
    ]
    const native = { wire: 'bedrock' as const, value: { role: 'assistant', content } }
    const body = write([user, { ...asks(call('tooluse_a')), native }, result('tooluse_a', 'r')])
    expect(body.messages[1]).toEqual({ role: 'assistant', content })
    expect(body.messages[2].content[0].toolResult.toolUseId).toBe('tooluse.a')
  })

  it('replay thinking_blocks with their signatures (bifrost#5887)', () => {
    const thinking = [
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'redacted_thinking', data: 'AAAA' },
      { type: 'thinking', thinking: 'without' },
    ]
    expect(
      write([user, { role: 'assistant', content: 'A', thinking_blocks: thinking }, user]).messages[1].content,
    ).toEqual([
      { reasoningContent: { reasoningText: { text: 'hm', signature: 'sig' } } },
      { reasoningContent: { redactedContent: 'AAAA' } },
      { text: 'A' },
    ])
  })
})

describe('tools', () => {
  it('that are none are not sent', () => {
    expect(write([user])).not.toHaveProperty('toolConfig')
  })

  it('without description are sent without one (ai#10260)', () => {
    expect(write([user], { tools: [tool('f', ''), tool('g', 'G')] }).toolConfig.tools).toEqual([
      { toolSpec: { name: 'f', inputSchema: { json: { type: 'object', properties: {} } } } },
      { toolSpec: { name: 'g', description: 'G', inputSchema: { json: { type: 'object', properties: {} } } } },
    ])
  })

  it('of the history are named when this turn has none (ai#7537)', () => {
    const body = write([user, asks(call('a', 'gone')), result('a', 'r')])
    expect(body.toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'gone', inputSchema: { json: { type: 'object', properties: {} } } } }],
    })
  })

  it.each<[unknown, unknown]>([
    [undefined, undefined],
    ['auto', { auto: {} }],
    ['required', { any: {} }],
    [{ type: 'function', function: { name: 'g' } }, { tool: { name: 'g' } }],
  ])('with tool_choice %j ask for %j (bifrost#2049)', (toolChoice, expected) => {
    expect(write([user], { tools: [tool('f'), tool('g')], toolChoice }).toolConfig.toolChoice).toEqual(expected)
  })

  it.each<[unknown, object]>([
    [undefined, { type: 'auto' }],
    ['required', { type: 'any' }],
    [
      { type: 'function', function: { name: 'f' } },
      { type: 'tool', name: 'f' },
    ],
  ])('are called one at a time by Claude, chosen by %j (bifrost#7348)', (toolChoice, choice) => {
    const rest = { parallel_tool_calls: false, top_k: 4 }
    const body = write([user], { tools: [tool('f')], rest, ...(toolChoice !== undefined && { toolChoice }) })
    expect(body.additionalModelRequestFields).toEqual({
      tool_choice: { ...choice, disable_parallel_tool_use: true },
      top_k: 4,
    })
    // Both together are refused (litellm#36536).
    expect(Object.keys(body.toolConfig)).toEqual(['tools'])
  })

  it.each<[string, Partial<TurnRequest>]>([
    ['another model', { model: 'amazon.nova-lite-v1:0', tools: [tool('f')] }],
    ['no tools', {}],
    ['the choice of none', { tools: [tool('f')], toolChoice: 'none' }],
  ])('are not spoken of for %s', (_, more) => {
    const body = write([user], { rest: { parallel_tool_calls: false }, ...more })
    expect(body).not.toHaveProperty('additionalModelRequestFields')
  })

  it('with tool_choice "none" are left out, but for those that the history has called', () => {
    const tools = [tool('f', 'F'), tool('g')]
    expect(write([user], { tools, toolChoice: 'none' })).not.toHaveProperty('toolConfig')
    const body = write([user, asks(call('a')), result('a', 'r')], { tools, toolChoice: 'none' })
    expect(body.toolConfig.tools.map((it: JsonObject) => (it.toolSpec as JsonObject).description)).toEqual(['F'])
  })

  it('are narrowed by allowed_tools', () => {
    const allowed_tools = { mode: 'required', tools: [{ type: 'function', function: { name: 'g' } }] }
    const { toolConfig } = write([user], {
      tools: [tool('f'), tool('g')],
      toolChoice: { type: 'allowed_tools', allowed_tools },
    })
    expect(toolConfig).toMatchObject({ tools: [{ toolSpec: { name: 'g' } }], toolChoice: { any: {} } })
  })

  it('of a type that Bedrock has not are refused by name', () => {
    const request: TurnRequest = {
      model: claude,
      messages: [user],
      tools: [{ type: 'web_search' }],
      stream: false,
      rest: {},
    }
    expect(() => bedrockCodec.write(request)).toThrow(/tools\[0\] is of type "web_search"/)
  })
})

describe('parameters', () => {
  it('of OpenAI are written as Converse has them', () => {
    const rest = {
      max_tokens: 100,
      temperature: 1.5,
      top_p: 0.5,
      top_k: 4,
      stop: ['a', ''],
      service_tier: 'flex',
      n: 2,
      seed: 1,
      user: 'u',
    }
    const { messages: _, ...body } = write([user], { rest })
    expect(body).toEqual({
      inferenceConfig: { maxTokens: 100, temperature: 1, topP: 0.5, stopSequences: ['a'] },
      additionalModelRequestFields: { top_k: 4 },
      serviceTier: { type: 'flex' },
    })
  })

  it('of Converse pass under their own names, and nothing unknown does', () => {
    const rest = {
      performanceConfig: { latency: 'optimized' },
      guardrailConfig: { guardrailIdentifier: 'abc', guardrailVersion: '1', streamProcessingMode: 'async' },
      requestMetadata: { team: 'a' },
      additionalModelRequestFields: { x: 1 },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
      anything: true,
    }
    const { messages: _, ...body } = write([user], { rest })
    const { streamProcessingMode: __, ...guardrailConfig } = rest.guardrailConfig
    const { anything: ___, ...own } = rest
    expect(body).toEqual({ ...own, guardrailConfig })
  })

  it.each<[string, string, JsonObject, JsonObject | undefined]>([
    [
      'a budget on top',
      claude,
      {},
      { inferenceConfig: { maxTokens: 10_240 }, thinking: { type: 'enabled', budget_tokens: 2_048 } },
    ],
    [
      'a share of what is allowed',
      claude,
      { max_tokens: 3_000 },
      { inferenceConfig: { maxTokens: 3_000 }, thinking: { type: 'enabled', budget_tokens: 1_500 } },
    ],
    ['none where little is allowed', claude, { max_tokens: 500 }, { inferenceConfig: { maxTokens: 500 } }],
    [
      'adaptive thinking',
      'us.anthropic.claude-opus-4-6-v1',
      {},
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
    ],
    ['the effort itself', 'openai.gpt-oss-120b-1:0', {}, { reasoning_effort: 'low' }],
    ['nothing', 'amazon.nova-lite-v1:0', {}, {}],
  ])('reasoning_effort asks for %s', (_, model, rest, expected) => {
    const body = write([user], { model, rest: { ...rest, reasoning_effort: 'low' } })
    const { inferenceConfig, additionalModelRequestFields } = body
    expect({ ...(inferenceConfig && { inferenceConfig }), ...additionalModelRequestFields }).toEqual(expected)
  })

  it('ask for no thinking where Claude would refuse it: a forced choice, and a round whose thinking is lost', () => {
    const rest = { reasoning_effort: 'low', temperature: 0.5 }
    const forced = write([user], { rest, tools: [tool('f')], toolChoice: 'required' })
    const silent = write([user, asks(call('a')), result('a', 'r')], { rest })
    for (const body of [forced, silent]) expect(body).not.toHaveProperty('additionalModelRequestFields')
  })
})

describe('a schema', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['is an object at the root', { type: 'string' }, { type: 'object', properties: {} }],
    [
      'offers all branches of anyOf, and requires what all require',
      {
        anyOf: [
          { properties: { a: {}, b: {} }, required: ['a', 'b'] },
          { properties: { a: {} }, required: ['a'] },
        ],
      },
      {
        type: 'object',
        properties: { a: {}, b: {} },
        required: ['a'],
        description: 'Give the properties of one of these groups: a, b; or a.',
      },
    ],
    [
      'requires all of allOf',
      { allOf: [{ required: ['a'] }, { properties: { a: { type: 'string' } } }] },
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    ],
    [
      'follows a reference at the root',
      { $ref: '#/$defs/A', $defs: { A: { properties: { x: {} } } } },
      { type: 'object', properties: { x: {} }, $defs: { A: { properties: { x: {} } } } },
    ],
  ])('%s', (_, schema, expected) => {
    expect(bedrockCodec.dialect.toSchema(schema, { strict: false })).toEqual(expected)
  })

  it('whose reference leads back to itself ends', () => {
    expect(
      bedrockCodec.dialect.toSchema({ $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/A' } } }, { strict: false }),
    ).toMatchObject({ type: 'object' })
  })

  it('of a message said before gets the names that are sent', () => {
    const message = {
      role: 'assistant',
      content: [{ text: 'x' }, { toolUse: { toolUseId: 'a', name: 'a.b', input: {} } }],
    }
    expect(bedrockCodec.dialect.renameNative?.(message, name => name.replace('.', '_'))).toMatchObject({
      content: [{ text: 'x' }, { toolUse: { name: 'a_b' } }],
    })
  })
})
