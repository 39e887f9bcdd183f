import type { ToolAnnotations } from '../../../core/tool.ts'
import { cleanText } from '../document/clean-text.ts'
import type { Operation } from '../document/operation.ts'

/** Methods that ask and do not change (RFC 9110, section 9.2.1). */
const safeMethods = new Set(['get', 'head', 'options', 'trace', 'query'])

const maxTitleLength = 120

/**
 * What a method says about an operation, as hints (MCP, "ToolAnnotations"; RFC 9110, section 9.2). A POST or PATCH may do
 * anything, and counts as destructive.
 */
export function toAnnotations({ method, summary }: Pick<Operation, 'method' | 'summary'>): ToolAnnotations {
  const name = method.toLowerCase()
  const title = summary === undefined ? '' : cleanText(summary, maxTitleLength).replace(/\s+/g, ' ').trim()
  return {
    ...(title !== '' && { title }),
    readOnlyHint: safeMethods.has(name),
    destructiveHint: !safeMethods.has(name),
    idempotentHint: safeMethods.has(name) || name === 'put' || name === 'delete',
    openWorldHint: true,
  }
}
