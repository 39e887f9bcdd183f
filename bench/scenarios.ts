import { chatTools } from './load/chat-messages.ts'
import type { Work } from './load/plan.ts'
import type { Setting, Target } from './targets.ts'

/** One question put to every target. */
export type Scenario = Readonly<{
  name: string
  /** One line for the head of its table. */
  about: string
  source: Setting['source']
  /** Which server is the upstream, and its arguments. */
  upstream: Readonly<{ server: 'upstream' | 'rest' | 'chatUpstream'; args: readonly string[] }>
  connections: number
  /** Added to every request. */
  headers?: Readonly<Record<string, string>>
  /** What is sent to a target. */
  work: (target: Target) => Work
  /** What the gateway promises here. */
  goals: readonly Goal[]
}>

/** A bound on one number of the gateway's summary. */
type Goal = Readonly<
  { of: 'cpuRatio' | 'rpsRatio' | 'cpuUs' | 'p99AddedUs'; text: string } & ({ atMost: number } | { atLeast: number })
>

const cpuGoal: Goal = { of: 'cpuRatio', atMost: 1.5, text: 'CPU at most 1.5 of the base' }
const rpsGoal: Goal = { of: 'rpsRatio', atLeast: 0.7, text: 'throughput at least 0.7 of the base' }
const listGoal: Goal = { of: 'cpuUs', atMost: 8_000, text: 'at most 8 ms of CPU for one list of 10,000 tools' }

const chatGoal: Goal = { of: 'cpuRatio', atMost: 2, text: 'CPU at most 2 of the base, aim 1.3' }
const partsGoal: Goal = { of: 'cpuRatio', atMost: 1.6, text: 'CPU at most 1.6 of the sum of its parts' }

const model = { server: 'chatUpstream', args: ['--tools', String(chatTools), '--modern'] } as const
const chat =
  (stream: boolean): Scenario['work'] =>
  () => ({ kind: 'chat', stream })
const chatWithCall =
  (stream: boolean): Scenario['work'] =>
  ({ role }) => ({ kind: 'chat', stream, tools: role === 'gateway' ? 'mcp' : 'parts' })

const fewTools = { server: 'upstream', args: ['--tools', '100'] } as const
const call: Scenario['work'] = ({ toolName }) => ({ kind: 'call', era: 'legacy', tool: toolName })
const list: Scenario['work'] = () => ({ kind: 'list', era: 'legacy' })

/** Every scenario but `start`, which asks another kind of question (see `start.ts`). */
export const scenarios: readonly Scenario[] = [
  {
    name: 'tools-call',
    about: 'small tools/call in one legacy session (2025-11-25), 32 connections',
    source: 'mcp',
    upstream: fewTools,
    connections: 32,
    work: call,
    goals: [cpuGoal, rpsGoal],
  },
  {
    name: 'tools-call-modern',
    about: 'small tools/call, stateless (2026-07-28) on both sides, 32 connections',
    source: 'mcp',
    upstream: { server: 'upstream', args: ['--tools', '100', '--modern'] },
    connections: 32,
    work: ({ toolName }) => ({ kind: 'call', era: 'modern', tool: toolName }),
    goals: [cpuGoal, rpsGoal],
  },
  {
    name: 'tools-call-16k',
    about: 'tools/call with a result of 16 kB, legacy session, 32 connections',
    source: 'mcp',
    upstream: fewTools,
    connections: 32,
    work: ({ toolName }) => ({ kind: 'call', era: 'legacy', tool: toolName, resultBytes: 16_384 }),
    goals: [cpuGoal, rpsGoal],
  },
  {
    name: 'latency-1',
    about: 'small tools/call in one legacy session, 1 connection',
    source: 'mcp',
    upstream: fewTools,
    connections: 1,
    work: call,
    goals: [{ of: 'p99AddedUs', atMost: 1_000, text: 'at most 1 ms more than the base at p99' }],
  },
  {
    name: 'tools-list',
    about: 'tools/list of 1,000 tools; the base passes on bytes that the upstream has ready, 8 connections',
    source: 'mcp',
    upstream: { server: 'upstream', args: ['--tools', '1000'] },
    connections: 8,
    work: list,
    goals: [],
  },
  {
    name: 'tools-list-10k',
    about: 'all pages of tools/list of 10,000 tools (2,000 a page), 4 connections',
    source: 'mcp',
    upstream: { server: 'upstream', args: ['--tools', '10000', '--page', '2000'] },
    connections: 4,
    work: list,
    goals: [listGoal],
  },
  {
    name: 'tools-list-10k-gzip',
    about: 'the same with `accept-encoding: gzip`, as clients on fetch send it; the upstream does not compress',
    source: 'mcp',
    upstream: { server: 'upstream', args: ['--tools', '10000', '--page', '2000'] },
    connections: 4,
    headers: { 'accept-encoding': 'gzip, deflate' },
    work: list,
    goals: [listGoal],
  },
  {
    name: 'openapi',
    about: 'tools/call that becomes a REST POST; the base is a bare bridge that gets the same calls, 32 connections',
    source: 'openapi',
    upstream: { server: 'rest', args: [] },
    connections: 32,
    work: target => (target.role === 'direct' ? { kind: 'rest' } : call(target)),
    goals: [{ of: 'cpuRatio', atMost: 1.6, text: 'CPU at most 1.6 of the base, aim 1.2' }, rpsGoal],
  },
  {
    name: 'chat',
    about: 'a chat completion without tools, OpenAI on both sides, not streamed, 32 connections',
    source: 'llm',
    upstream: model,
    connections: 32,
    work: chat(false),
    goals: [chatGoal],
  },
  {
    name: 'chat-stream',
    about: 'the same, streamed in 50 chunks',
    source: 'llm',
    upstream: model,
    connections: 32,
    work: chat(true),
    goals: [chatGoal],
  },
  {
    name: 'chat-mcp',
    about: `a completion with ${chatTools} tools of an MCP server, one of which is called; the base gets the two completions and the call`,
    source: 'llm',
    upstream: model,
    connections: 32,
    work: chatWithCall(false),
    goals: [partsGoal],
  },
  {
    name: 'chat-mcp-stream',
    about: 'the same, streamed',
    source: 'llm',
    upstream: model,
    connections: 32,
    work: chatWithCall(true),
    goals: [partsGoal],
  },
]
