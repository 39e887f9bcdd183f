import { isDeepStrictEqual } from 'node:util'
import { rememberNames } from '../core/catalog.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { isObject } from '../core/json.ts'
import type { Limits } from '../core/limits.ts'
import { isLargeList } from '../core/list-size.ts'
import type { OfferRules } from '../core/policy.ts'
import type { CallToolResult } from '../core/tool.ts'
import { errorResult } from '../core/tool.ts'
import type { Ledger } from '../core/tool-name.ts'
import { emptyLedger } from '../core/tool-name.ts'
import type { CallContext, Permits, SourceTool, ToolSource } from '../core/tool-source.ts'
import { describeTools } from './search/describe-tools.ts'
import type { GateKey } from './search/gate-tools.ts'
import { gateTools, isGateKey } from './search/gate-tools.ts'
import { nearestNames, searchTools } from './search/search-tools.ts'
import type { ToolIndex } from './search/tool-index.ts'
import { buildToolIndex } from './search/tool-index.ts'
import type { Toolbox } from './search/toolbox.ts'
import { fillToolbox } from './search/toolbox.ts'

/** How the tools of a source are put behind search. The rules are those of its entry, and hold for the tools inside. */
export type SearchOptions = OfferRules &
  Readonly<{
    /** `auto` leaves the source as it is while its list is not large. */
    mode: 'search' | 'auto'
    /** What the public names of its tools begin with; the rules may use such names. */
    prefix: string
    /** What the source is for, told to the model. */
    description?: string
    limits: Pick<Limits, 'suggestSearchTools' | 'suggestSearchTokens' | 'maxSearchResults' | 'maxDescribeBytes'>
  }>

/**
 * Offers three tools in place of a source's own: `search` finds them, `describe` defines them, `call` runs them.
 *
 * Names inside are those that the endpoint of the source alone would give. Everything of a call passes through: progress,
 * cancellation, `_meta`, results, errors. A tool that the entry does not offer, or that the caller may not use, is not
 * found, not described and not called. Names and index are made when first needed, and anew when the list changes.
 */
export function withSearch(source: ToolSource, options: SearchOptions): ToolSource {
  const { limits, description } = options
  const gates = gateTools(source.id, description, limits.maxSearchResults)
  let listed: Listed | undefined
  let ledger: Ledger = emptyLedger
  let stale = false
  let closed = false
  const unfollow = source.onChange(() => {
    stale = true
  })

  const take = (tools: readonly SourceTool[]): Listed => {
    if (listed !== undefined && (listed.tools === tools || isDeepStrictEqual(listed.tools, tools))) return listed
    const fill = (): Toolbox => {
      const box = fillToolbox(tools, { ...options, ledger })
      ledger = rememberNames(ledger, new Map(box.names))
      return box
    }
    listed = unpack(tools, fill, options)
    return listed
  }

  /** A list that changed is fetched again; where that fails the old one is better than none. */
  const current = async (signal: AbortSignal): Promise<Listed> => {
    if (closed) throw new GatewayError('SOURCE_UNAVAILABLE', `"${source.id}" is closed.`)
    if (signal.aborted) throw new GatewayError('CANCELLED', `The call of "${source.id}" was cancelled.`)
    const before = listed
    if (before === undefined) return take(await source.list({ signal }))
    if (!stale) return before
    stale = false
    const tools = await source.list({ signal }).catch((error: unknown) => {
      if (signal.aborted) throw error
      return before.tools
    })
    return take(tools)
  }

  const pass = async (now: Listed, { name, arguments: given = {} }: JsonObject, context: CallContext) => {
    const { permits = permitAll, ...rest } = context
    const args = readArguments(given)
    if (typeof name !== 'string') return errorResult('"name" must be the name of a tool, as "search" gave it.')
    if (args === undefined)
      return errorResult(`"arguments" must be an object: the arguments of "${name.slice(0, 128)}".`)
    const tool = now.box().find(name)
    if (tool !== undefined && permits(tool)) return source.call(tool.key, args, rest)
    return errorResult(explainUnknown(name, await nearestNames(name, { box: now.box(), index: now.index, permits })))
  }

  const answer = (gate: GateKey, now: Listed, args: JsonObject, context: CallContext): Promise<CallToolResult> => {
    const { permits = permitAll } = context
    const parts = { box: now.box(), index: now.index, permits }
    switch (gate) {
      case 'search':
        return searchTools(args, { ...parts, maxResults: limits.maxSearchResults })
      case 'describe':
        return describeTools(args, {
          ...parts,
          nearest: name => nearestNames(name, parts),
          maxBytes: limits.maxDescribeBytes,
        })
      case 'call':
        return pass(now, args, context)
    }
  }

  return {
    id: source.id,
    kind: source.kind,
    list: async ({ signal }) => {
      stale = false
      const now = take(await source.list({ signal }))
      return now.hidden() ? gates : now.tools
    },
    call: async (key, args, context) => {
      const now = await current(context.signal)
      if (!now.hidden()) return source.call(key, args, context)
      if (isGateKey(key)) return answer(key, now, args, context)
      throw new GatewayError(
        'TOOL_NOT_FOUND',
        `"${source.id}" is searched; it has no "${key.slice(0, 128)}" at its door.`,
      )
    },
    health: () => {
      const health = source.health()
      if (listed === undefined) return health
      return { ...health, details: { ...health.details, toolsBehindSearch: listed.tools.length } }
    },
    onChange: listener => source.onChange(listener),
    close: () => {
      closed = true
      unfollow()
      return source.close()
    },
  }
}

/** One list of the source. Whether it is hidden behind search, the box and the index are found out when first asked for. */
type Listed = Readonly<{
  tools: readonly SourceTool[]
  hidden: () => boolean
  box: () => Toolbox
  index: () => Promise<ToolIndex>
}>

function unpack(tools: readonly SourceTool[], fill: () => Toolbox, { mode, limits }: SearchOptions): Listed {
  let hidden: boolean | undefined = mode === 'search' || undefined
  let filled: Toolbox | undefined
  let building: Promise<ToolIndex> | undefined
  const box = (): Toolbox => (filled ??= fill())
  const isLarge = (): boolean =>
    isLargeList(
      box().tools.map(({ tool }) => tool),
      limits,
    )
  return {
    tools,
    box,
    hidden: () => (hidden ??= isLarge()),
    index: () => (building ??= buildToolIndex(box().tools)),
  }
}

const permitAll: Permits = () => true

/** Models write an object as text now and then. */
function readArguments(given: unknown): JsonObject | undefined {
  if (isObject(given)) return given
  if (given === null) return {}
  if (typeof given !== 'string') return undefined
  try {
    const parsed: unknown = JSON.parse(given)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function explainUnknown(name: string, nearest: readonly string[]): string {
  const wanted = JSON.stringify(name.slice(0, 128))
  if (nearest.length === 0) return `No tool is named ${wanted}. Find the right name with "search".`
  return `No tool is named ${wanted}. Near it: ${nearest.map(each => JSON.stringify(each)).join(', ')}. Or use "search".`
}
