import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/core/limits.ts'
import type { TurnEvent, TurnRequest } from '../../src/core/model.ts'
import { errorResult, textResult } from '../../src/core/tool.ts'
import type { CallTool } from '../../src/llm/run-calls.ts'
import type { Turn } from './run-loop.ts'
import { asks, call, run, says, sleep } from './run-loop.ts'

describe('runToolLoop', () => {
  it('alternates turns and calls until the model answers', async () => {
    const { events, requests, called } = await run([asks([call('add', { a: 1 })]), asks([call('echo')]), says('done')])
    expect(called).toEqual([
      ['add', { a: 1 }],
      ['echo', {}],
    ])
    expect(events.map(event => event.type)).toEqual([
      'tool_call',
      'tool_result',
      'tool_call',
      'tool_result',
      'delta',
      'finish',
      'end',
    ])
    expect(requests[2]?.messages).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: null, tool_calls: [call('add', { a: 1 })] },
      { role: 'tool', tool_call_id: 'id_add', content: 'add ok' },
      { role: 'assistant', content: null, tool_calls: [call('echo')] },
      { role: 'tool', tool_call_id: 'id_echo', content: 'echo ok' },
    ])
  })

  it('is a single turn, passed on as it is, where no tool is ours', async () => {
    const turn: TurnEvent[] = [
      { type: 'delta', choice: 1, delta: { content: 'b' }, fields: { logprobs: {} } },
      { type: 'tool_calls', choice: 1, calls: [call('theirs', 'not json')] },
      { type: 'finish', choice: 1, reason: 'stop' },
      { type: 'finish', choice: 0, reason: 'length' },
    ]
    const { events, requests } = await run([turn], { tools: new Map() })
    expect(events).toEqual([...turn, { type: 'end' }])
    expect(requests).toHaveLength(1)
  })

  it('runs the calls of a round together and gives the results in the order of the model', async () => {
    const order: string[] = []
    const callTool: CallTool = async name => {
      order.push(`${name} begins`)
      await sleep(name === 'add' ? 40 : 1)
      order.push(`${name} ends`)
      return textResult(name)
    }
    const { requests } = await run([asks([call('add'), call('echo')]), says('done')], { callTool })
    expect(order).toEqual(['add begins', 'echo begins', 'echo ends', 'add ends'])
    expect(requests[1]?.messages.slice(2)).toMatchObject([{ content: 'add' }, { content: 'echo' }])
  })

  it('runs no more calls at once than allowed', async () => {
    let running = 0
    let most = 0
    const callTool: CallTool = async () => {
      running += 1
      most = Math.max(most, running)
      await sleep(5)
      running -= 1
      return textResult('ok')
    }
    const many = Array.from({ length: 9 }, (_, index) => call('add', {}, `c${index}`))
    const { events } = await run([asks(many), says('done')], {
      callTool,
      limits: { ...defaultLimits, maxParallelCalls: 3 },
    })
    expect(most).toBe(3)
    expect(events.filter(event => event.type === 'tool_result')).toHaveLength(9)
  })

  it.each<[string, string, string]>([
    ['broken JSON', '{"a":', 'were not valid JSON'],
    ['cut JSON', '{"a":"b', 'were not valid JSON'],
    ['a list', '[1]', 'must be one JSON object'],
    ['a number', '1', 'must be one JSON object'],
    ['JSON written twice', '"{\\"a\\":1}"', 'must be one JSON object'],
    ['null', 'null', 'must be one JSON object'],
  ])('does not call a tool with %s, and tells the model', async (_, args, message) => {
    const { called, requests } = await run([asks([call('add', args)]), says('sorry')])
    expect(called).toEqual([])
    expect(requests[1]?.messages.at(-1)?.content).toMatch(new RegExp(`^Error: Not called: the arguments ${message}`))
  })

  it('takes empty arguments for none', async () => {
    const { called } = await run([asks([call('add', ''), call('echo', ' ', 'e')]), says('done')])
    expect(called).toEqual([
      ['add', {}],
      ['echo', {}],
    ])
  })

  it.each(['unknown', 'Add', '__proto__'])('answers a call of "%s" with an error and goes on', async name => {
    const { called, requests } = await run([asks([call(name), call('add')]), says('done')])
    expect(called).toEqual([['add', {}]])
    expect(requests[1]?.messages[2]?.content).toBe(
      `Error: No tool is named "${name}". Use only the tools that are listed.`,
    )
  })

  it('gives the model what a tool throws, and a failure of its own', async () => {
    const callTool: CallTool = async name => {
      if (name === 'add') throw new TypeError('internal detail')
      return errorResult('the disk is full')
    }
    const { requests } = await run([asks([call('add'), call('echo')]), says('done')], { callTool })
    expect(requests[1]?.messages.slice(2).map(message => message.content)).toEqual([
      'Error: "add" could not be called: the gateway failed.',
      'Error: the disk is full',
    ])
  })

  describe('where the caller has a part', () => {
    it('hands theirs back, and runs ours', async () => {
      const { events, called, requests } = await run([asks([call('theirs', 'any'), call('add')])])
      expect(called).toEqual([['add', {}]])
      expect(requests).toHaveLength(1)
      expect(events.map(event => event.type)).toEqual(['tool_calls', 'tool_call', 'tool_result', 'finish', 'end'])
      expect(events).toContainEqual({ type: 'tool_calls', choice: 0, calls: [call('theirs', 'any')] })
      expect(events).toContainEqual({ type: 'finish', choice: 0, reason: 'tool_calls' })
    })

    it('hands back a call that needs approval, and does not run it', async () => {
      const tools = new Map([
        ['add', { needsApproval: true }],
        ['echo', { needsApproval: false }],
      ])
      const { events, called } = await run([asks([call('add'), call('echo')], 'stop')], { tools })
      expect(called).toEqual([['echo', {}]])
      expect(events).toContainEqual({ type: 'tool_calls', choice: 0, calls: [call('add')] })
      expect(events).toContainEqual({ type: 'finish', choice: 0, reason: 'tool_calls' })
    })

    it('hands back calls of types it does not know', async () => {
      const custom = { id: 'x', type: 'custom', custom: { name: 'sql', input: 'SELECT' } }
      const { events } = await run([asks([custom])])
      expect(events).toContainEqual({ type: 'tool_calls', choice: 0, calls: [custom] })
    })
  })

  it.each<[string, unknown, unknown]>([
    ['auto stays', 'auto', 'auto'],
    ['none stays', 'none', 'none'],
    ['required is dropped', 'required', undefined],
    ['a named tool is dropped', { type: 'function', function: { name: 'add' } }, undefined],
    [
      'a choice of several stays, unforced',
      { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [] } },
      { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } },
    ],
  ])('tool_choice after the first turn: %s', async (_, toolChoice, later) => {
    const { requests } = await run([asks([call('add')]), says('done')], { toolChoice })
    expect(requests.map(request => request.toolChoice)).toEqual([toolChoice, later])
  })

  it('never runs a call of a turn that breaks off', async () => {
    const broken: Turn = async function* () {
      yield* asks([call('add')]).slice(0, 1)
      throw new Error('cut')
    }
    const called: unknown[] = []
    const callTool: CallTool = async name => {
      called.push(name)
      return textResult('ok')
    }
    await expect(run([broken], { callTool })).rejects.toThrow('cut')
    await expect(run([asks([call('add')]).slice(0, 1)], { callTool })).rejects.toMatchObject({ code: 'PROVIDER_ERROR' })
    expect(called).toEqual([])
  })

  it('reaches the provider and the tools when the caller goes away', async () => {
    const seen: AbortSignal[] = []
    const callTool: CallTool = async (_, __, { signal }) => {
      seen.push(signal)
      setTimeout(() => controller.abort(), 5)
      await sleep(10_000, signal)
      return textResult('late')
    }
    const controller = new AbortController()
    const requests: TurnRequest[] = []
    const running = run([asks([call('add')]), says('never')], { callTool, signal: controller.signal, requests })
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(seen[0]?.aborted).toBe(true)
    expect(requests).toHaveLength(1)
  })

  it('sums the usage of all turns, details included', async () => {
    const usage = (tokens: number, cached: number): TurnEvent => ({
      type: 'meta',
      usage: {
        prompt_tokens: tokens,
        completion_tokens: 1,
        total_tokens: tokens + 1,
        prompt_tokens_details: { cached_tokens: cached },
      },
    })
    const { events } = await run([
      [usage(10, 0), ...asks([call('add')])],
      [...says('done'), usage(20, 10)],
    ])
    expect(events.at(-1)).toEqual({
      type: 'end',
      usage: {
        prompt_tokens: 30,
        completion_tokens: 2,
        total_tokens: 32,
        prompt_tokens_details: { cached_tokens: 10 },
      },
    })
  })

  it('parts the texts of two turns by an empty line', async () => {
    const before: TurnEvent[] = [{ type: 'delta', choice: 0, delta: { content: 'Let me see.' } }]
    const { events } = await run([asks([call('add')], 'tool_calls', before), says('It is 3.')])
    expect(events.map(event => (event.type === 'delta' ? event.delta.content : '')).join('')).toBe(
      'Let me see.\n\nIt is 3.',
    )
  })

  it('sends back what the provider said beside the calls, but not what only answers have', async () => {
    const before: TurnEvent[] = [
      { type: 'delta', choice: 0, delta: { reasoning_content: 'Hm', content: '', refusal: null, annotations: [] } },
      { type: 'delta', choice: 0, delta: { reasoning_content: 'm.' } },
    ]
    const { requests } = await run([asks([call('add')], 'tool_calls', before), says('done')])
    expect(requests[1]?.messages[1]).toEqual({
      role: 'assistant',
      content: null,
      reasoning_content: 'Hmm.',
      tool_calls: [call('add')],
    })
  })

  it('replaces an id that an earlier turn has used', async () => {
    const { requests } = await run([asks([call('add', {}, 'call_0')]), asks([call('add', {}, 'call_0')]), says('done')])
    const ids = requests[2]?.messages.flatMap(message => message.tool_call_id ?? []) ?? []
    expect(new Set(ids).size).toBe(2)
  })

  it("never writes to the caller's objects", async () => {
    const messages = [Object.freeze({ role: 'user', content: 'hi' })]
    Object.freeze(messages)
    await run([asks([call('add')]), says('done')], { messages })
    expect(messages).toHaveLength(1)
  })
})
