import type { JsonObject } from '../../src/core/json.ts'
import type { CallToolResult, Tool } from '../../src/core/tool.ts'
import { textResult } from '../../src/core/tool.ts'
import type { CallContext, SourceHealth, SourceTool, ToolSource } from '../../src/core/tool-source.ts'

/** A source in memory whose lists, calls and changes the test decides. */
export type FakeSource = ToolSource & {
  /** What the next list gives; an error is thrown, a promise waited for. */
  tools: readonly (string | Partial<Tool>)[] | Error | Promise<never>
  /** What a call does; by default it answers with its arguments. */
  onCall: (key: string, args: JsonObject, context: CallContext) => Promise<CallToolResult>
  state: SourceHealth['state']
  readonly calls: { key: string; args: JsonObject; context: CallContext }[]
  /** How often it was listed. */
  lists: number
  /** Tells its listeners that its list has changed. */
  change(): void
}

/** Makes a source that is well and offers these tools. */
export function fakeSource(id: string, tools: FakeSource['tools'] = ['echo']): FakeSource {
  const listeners = new Set<() => void>()
  const calls: FakeSource['calls'] = []
  return {
    id,
    kind: 'mcp',
    tools,
    calls,
    lists: 0,
    state: 'ready',
    onCall: async (key, args) => textResult(`${id} ${key} ${JSON.stringify(args)}`),
    async list() {
      this.lists += 1
      const given = await this.tools
      if (given instanceof Error) throw given
      return given.map(toSourceTool)
    },
    async call(key, args, context) {
      calls.push({ key, args, context })
      return this.onCall(key, args, context)
    },
    health() {
      return { state: this.state }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    change() {
      for (const listener of listeners) listener()
    },
    close: async () => {},
  }
}

/** A list that never comes, as from a source that hangs. */
export const neverListed: Promise<never> = new Promise(() => {})

function toSourceTool(given: string | Partial<Tool>): SourceTool {
  const name = typeof given === 'string' ? given : (given.name ?? 'unnamed')
  const tool = { inputSchema: { type: 'object' }, ...(typeof given === 'string' ? {} : given), name }
  return { key: name, rank: name, tool }
}
