import { defaultLimits } from '../../src/core/limits.ts'
import type { ChatMessage, ChatTool, Provider, ToolCall, TurnEvent, TurnRequest } from '../../src/core/model.ts'
import type { CallToolResult } from '../../src/core/tool.ts'
import { textResult } from '../../src/core/tool.ts'
import type { LoopEvent } from '../../src/llm/loop-event.ts'
import type { CallTool } from '../../src/llm/run-calls.ts'
import type { ToolLoop } from '../../src/llm/tool-loop.ts'
import { runToolLoop } from '../../src/llm/tool-loop.ts'

export type Turn = readonly TurnEvent[] | ((request: TurnRequest, signal: AbortSignal) => AsyncIterable<TurnEvent>)

const tool = (name: string): ChatTool => ({ type: 'function', function: { name } })
export const call = (name: string, args: string | object = {}, id = `id_${name}`): ToolCall => ({
  id,
  type: 'function',
  function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
})
export const says = (content: string, reason = 'stop'): TurnEvent[] => [
  { type: 'delta', choice: 0, delta: { content } },
  { type: 'finish', choice: 0, reason },
]
export const asks = (calls: ToolCall[], reason = 'tool_calls', before: TurnEvent[] = []): TurnEvent[] => [
  ...before,
  { type: 'tool_calls', choice: 0, calls },
  { type: 'finish', choice: 0, reason },
]

/** What differs from the usual loop. */
type RunOptions = Partial<Pick<ToolLoop, 'tools' | 'callTool' | 'limits' | 'signal' | 'approved' | 'tellsTurns'>> & {
  toolChoice?: unknown
  rest?: Record<string, unknown>
  messages?: readonly ChatMessage[]
  requests?: TurnRequest[]
}

/** Runs a loop over scripted turns; the last one answers all that follow. */
export async function run(
  turns: readonly Turn[],
  options: RunOptions = {},
): Promise<{ events: LoopEvent[]; requests: TurnRequest[]; called: unknown[] }> {
  const { toolChoice, rest = {}, messages = [{ role: 'user', content: 'hi' }], requests = [], ...others } = options
  const called: unknown[] = []
  const provider: Provider = {
    async *turn(request, { signal }) {
      requests.push(request)
      const turn = turns[Math.min(requests.length, turns.length) - 1] ?? []
      yield* typeof turn === 'function' ? turn(request, signal) : turn
    },
    close: async () => {},
  }
  const callTool: CallTool = async (name, args): Promise<CallToolResult> => {
    called.push([name, args])
    return textResult(`${name} ok`)
  }
  const events: LoopEvent[] = []
  const loop = runToolLoop({
    provider,
    request: {
      model: 'm',
      messages,
      tools: ['add', 'echo', 'theirs'].map(tool),
      stream: false,
      rest,
      ...(toolChoice !== undefined && { toolChoice }),
    },
    tools: new Map(['add', 'echo'].map(name => [name, { needsApproval: false }])),
    callTool,
    limits: defaultLimits,
    signal: new AbortController().signal,
    ...others,
  })
  for await (const event of loop) events.push(event)
  return { events, requests, called }
}

/** Waits, or rejects at an abort. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}
