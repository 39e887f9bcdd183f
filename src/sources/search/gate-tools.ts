import type { Tool } from '../../core/tool.ts'
import type { SourceTool } from '../../core/tool-source.ts'

/** The keys of the three tools that stand for all the others, and the names that they would like to have. */
export const gateKeys = ['search', 'describe', 'call'] as const

/** One of {@link gateKeys}. */
export type GateKey = (typeof gateKeys)[number]

/** True for the key of a gate. */
export function isGateKey(key: string): key is GateKey {
  return (gateKeys as readonly string[]).includes(key)
}

/** How many results `search` gives where nobody asks for more or fewer. */
export const defaultResults = 10

/**
 * The definitions of the three tools. They say nothing of what the source lists now, so that they never change under a
 * client.
 *
 * @param about - what the source is for, in the operator's words
 */
export function gateTools(sourceId: string, about: string | undefined, maxResults: number): readonly SourceTool[] {
  const source = `"${sourceId}"${about === undefined ? '' : ` (${about.slice(0, 300)})`}`
  return [
    gate({
      name: 'search',
      title: `Search the tools of ${sourceId}`,
      description:
        `Finds tools of ${source}, which has too many to list. Say in a few words what is to be done, such as ` +
        `"create issue". Each result has a tool's name, a line about it and its required arguments. Without a query ` +
        `it lists the groups of tools. Then get the full definition with the tool "describe" and run it with "call".`,
      inputSchema: {
        type: 'object',
        properties: {
          query: { type: 'string', description: 'What to look for: words of a name, description, path or parameter.' },
          group: { type: 'string', description: 'Only tools of this group.' },
          limit: { type: 'integer', minimum: 1, maximum: maxResults, default: Math.min(defaultResults, maxResults) },
          offset: { type: 'integer', minimum: 0, default: 0, description: 'How many results to skip.' },
        },
      },
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    }),
    gate({
      name: 'describe',
      title: `Describe tools of ${sourceId}`,
      description: `Gives the full definition of tools of ${source} by the names that "search" gave: what they do and their arguments (JSON Schema). Do this before the first call of a tool.`,
      inputSchema: {
        type: 'object',
        properties: {
          names: { type: 'array', items: { type: 'string' }, minItems: 1, description: 'Names of tools.' },
        },
        required: ['names'],
      },
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    }),
    gate({
      name: 'call',
      title: `Call a tool of ${sourceId}`,
      description: `Runs one tool of ${source} by its name, and gives back its result. What it does depends on that tool.`,
      inputSchema: {
        type: 'object',
        properties: {
          name: { type: 'string', description: 'The name of the tool, as "search" gave it.' },
          arguments: { type: 'object', description: 'The tool\'s own arguments, as "describe" defines them.' },
        },
        required: ['name'],
      },
      annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
    }),
  ]
}

function gate(tool: Tool & Readonly<{ name: GateKey }>): SourceTool {
  return { key: tool.name, rank: tool.name, gate: true, tool }
}
