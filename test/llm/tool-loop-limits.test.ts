import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/core/limits.ts'
import { textResult } from '../../src/core/tool.ts'
import type { CallTool } from '../../src/llm/run-calls.ts'
import type { Turn } from './run-loop.ts'
import { asks, call, run, says, sleep } from './run-loop.ts'

describe('the limits of runToolLoop', () => {
  it('asks once more without tools after maxRounds, so that the model answers', async () => {
    const again: Turn = async function* (request) {
      yield* request.tools.length > 0 ? asks([call('add')]) : says('I stop here.')
    }
    const rest = { parallel_tool_calls: true, temperature: 0 }
    const { events, requests } = await run([again], {
      rest,
      toolChoice: 'auto',
      limits: { ...defaultLimits, maxRounds: 3 },
    })
    expect(requests.map(request => request.tools.length)).toEqual([3, 3, 3, 0])
    expect(requests[3]).not.toHaveProperty('toolChoice')
    expect(requests[3]?.rest).toEqual({ temperature: 0 })
    expect(events.at(-2)).toEqual({ type: 'finish', choice: 0, reason: 'stop', limit: 'maxRounds' })
  })

  it('calls no more tools once the turns have taken maxCompletionTokens, cached tokens too', async () => {
    const again: Turn = async function* (request) {
      const prompt_tokens_details = { cached_tokens: 60 }
      yield {
        type: 'meta',
        usage: { prompt_tokens: 80, completion_tokens: 20, total_tokens: 100, prompt_tokens_details },
      }
      yield* request.tools.length > 0 ? asks([call('add')]) : says('I stop here.')
    }
    const limits = { ...defaultLimits, maxRounds: 10, maxCompletionTokens: 250 }
    const { events, requests, called } = await run([again], { limits })
    expect(called).toHaveLength(3)
    expect(requests.map(request => request.tools.length)).toEqual([3, 3, 3, 0])
    expect(events.at(-2)).toEqual({ type: 'finish', choice: 0, reason: 'stop', limit: 'maxCompletionTokens' })
  })

  it('stops a model that calls even without tools', async () => {
    const { events, called } = await run([asks([call('add')])], { limits: { ...defaultLimits, maxRounds: 1 } })
    expect(called).toHaveLength(1)
    expect(events.at(-2)).toEqual({ type: 'finish', choice: 0, reason: 'length', limit: 'maxRounds' })
  })

  it('runs no more than maxToolCalls and tells the model about the rest', async () => {
    const many = Array.from({ length: 4 }, (_, index) => call('add', {}, `c${index}`))
    const { called, requests, events } = await run([asks(many), says('done')], {
      limits: { ...defaultLimits, maxToolCalls: 3 },
    })
    expect(called).toHaveLength(3)
    expect(requests[1]?.messages.at(-1)?.content).toMatch(/^Error: Not called: .* used up its tool calls/)
    expect(requests[1]?.tools).toEqual([])
    expect(events.at(-2)).toMatchObject({ limit: 'maxToolCalls' })
  })

  it('stops at the time limit, waiting neither for a tool nor for a provider that does not listen', async () => {
    const limits = { ...defaultLimits, completionTimeoutMs: 30 }
    const deaf: CallTool = () => new Promise(() => {})
    await expect(run([asks([call('add')])], { limits, callTool: deaf })).rejects.toMatchObject({
      code: 'LIMIT_REACHED',
    })
    const slow: Turn = async function* (_, signal) {
      await sleep(1_000, signal)
      yield* says('late')
    }
    await expect(run([slow], { limits })).rejects.toThrow(/stopped after 30 ms \(limits\.completionTimeoutMs\)/)
  })

  it.each(['length', 'content_filter'])('runs nothing of a turn that ended with "%s"', async reason => {
    const { events, called } = await run([asks([call('add')], reason)])
    expect(called).toEqual([])
    expect(events).toEqual([{ type: 'finish', choice: 0, reason }, { type: 'end' }])
  })

  it('cuts long results', async () => {
    const callTool: CallTool = async () => textResult('x'.repeat(500))
    const { requests } = await run([asks([call('add')]), says('done')], {
      callTool,
      limits: { ...defaultLimits, maxResponseBytes: 100 },
    })
    expect(requests[1]?.messages.at(-1)?.content).toMatch(/^x{100}\n\[cut: 400 more characters were left out\]$/)
  })
})
