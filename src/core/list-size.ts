import { count } from './count.ts'
import type { Limits } from './limits.ts'
import type { Tool } from './tool.ts'

/** The limits on what a model should be given at once. */
export type ListLimits = Pick<Limits, 'suggestSearchTools' | 'suggestSearchTokens'>

/** What a list costs whoever reads it: a quarter of its bytes as JSON. A tokenizer's tables take too long to load. */
export function estimateTokens(tools: readonly Tool[]): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(tools)) / 4)
}

/** True when a list is past one of the limits. */
export function isLargeList(tools: readonly Tool[], limits: ListLimits): boolean {
  return tools.length > limits.suggestSearchTools || estimateTokens(tools) > limits.suggestSearchTokens
}

/**
 * The sentence that suggests search for a source whose list is large; undefined when it is not. A long list is not
 * measured: writing it out would cost more at the start than the number is worth.
 */
export function suggestSearch(sourceId: string, tools: readonly Tool[], limits: ListLimits): string | undefined {
  if (!isLargeList(tools, limits)) return undefined
  const isLong = tools.length > limits.suggestSearchTools
  const size = isLong
    ? count(tools.length, 'tool')
    : `${count(tools.length, 'tool')} of about ${estimateTokens(tools)} tokens`
  return `"${sourceId}" offers ${size}, more than most models handle well; "mode": "search" in its entry offers three tools to find and call them with instead.`
}
