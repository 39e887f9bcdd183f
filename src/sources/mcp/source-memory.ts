import type { HeaderParam } from '../../core/header-params.ts'
import { headerParams } from '../../core/header-params.ts'
import { isObject } from '../../core/json.ts'
import type { SourceTool } from '../../core/tool-source.ts'
import type { Verdict } from './open-session.ts'

/** What is known of a server, shared by all connections to it. */
export type SourceMemory = Readonly<{
  /** How it was met. */
  verdict: Verdict
  /** By tool, the arguments that are repeated as headers. */
  mirrored: Map<string, readonly HeaderParam[]>
  /** Tools that it runs only as tasks, as it lists them. */
  onlyAsTask: Set<string>
  /** Tools that it has refused to run without a task. */
  refused: Set<string>
}>

/** Nothing is known yet. */
export function newMemory(): SourceMemory {
  return { verdict: {}, mirrored: new Map(), onlyAsTask: new Set(), refused: new Set() }
}

/** Notes what calls of these tools need, in place of what was noted before. */
export function noteTools(
  { mirrored, onlyAsTask, refused }: SourceMemory,
  tools: readonly SourceTool[],
  overHttp: boolean,
): void {
  mirrored.clear()
  onlyAsTask.clear()
  const gone = new Set(refused)
  for (const { key, tool } of tools) {
    gone.delete(key)
    const headers = overHttp ? headerParams(tool.inputSchema) : []
    if (headers.length > 0) mirrored.set(key, headers)
    if (isObject(tool.execution) && tool.execution.taskSupport === 'required') onlyAsTask.add(key)
  }
  for (const key of gone) refused.delete(key)
}
