import { syntheticTools } from '../servers/tools.ts'
import type { Plan, Work } from './plan.ts'

type Chat = Extract<Work, { kind: 'chat' }>

/** How many tools a completion carries that may call some. */
export const chatTools = 20

/** The body of a completion that asks for `text`; with `tools`, of one for which the gateway has the echo tool called. */
export function chatBody({ stream, tools }: Chat, text: string): object {
  return {
    ...(tools === 'parts' ? withFunctions : tools === 'mcp' ? withEntry : plain),
    messages: [system, { role: 'user', content: text }],
    ...(stream && { stream }),
  }
}

/** The body of the completion that follows on the call: what the gateway sends to the provider then. */
export function chatBodyAfterCall({ stream }: Chat, text: string): object {
  const call = {
    id: 'call_bench',
    type: 'function',
    function: { name: 'bench__echo', arguments: JSON.stringify({ id: 1, text }) },
  }
  return {
    ...withFunctions,
    messages: [
      system,
      { role: 'user', content: text },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: text },
    ],
    ...(stream && { stream }),
  }
}

/** A plan for the call alone, by itself: stateless, so that it needs no session. */
export function callPlan(plan: Plan): Plan {
  return { ...plan, url: new URL('/mcp', plan.url).href, work: { kind: 'call', era: 'modern', tool: 'echo' } }
}

const system = { role: 'system', content: 'You are a helpful assistant. Answer in one sentence, and say what you did.' }
const plain = { model: 'bench', temperature: 0.2, max_tokens: 200 }
const withEntry = {
  ...plain,
  tools: [{ type: 'mcp', server_label: 'bench', server_url: 'patchbay', require_approval: 'never' }],
}
const withFunctions = { ...plain, tools: syntheticTools(chatTools).map(toFunction) }

function toFunction(tool: object): object {
  const { name, description, inputSchema: parameters } = tool as Record<'name' | 'description' | 'inputSchema', unknown>
  return { type: 'function', function: { name: `bench__${name}`, description, parameters } }
}
