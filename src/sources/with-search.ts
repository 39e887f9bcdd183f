import { isDeepStrictEqual } from 'node:util'
import { rememberNames } from '../core/catalog.ts'
import { GatewayError } from '../core/errors.ts'
import type { Limits } from '../core/limits.ts'
import { isLargeList } from '../core/list-size.ts'
import type { OfferRules } from '../core/policy.ts'
import type { Ledger } from '../core/tool-name.ts'
import { emptyLedger } from '../core/tool-name.ts'
import type { SourceTool, ToolSource } from '../core/tool-source.ts'
import type { BehindGates } from './search/behind-gates.ts'
import { gateTools, isGateKey } from './search/gate-tools.ts'

/** How the tools of a source are put behind search. The rules are those of its entry, and hold for the tools inside. */
export type SearchOptions = OfferRules &
  Readonly<{
    /** `auto` leaves the source as it is while its list is not large. */
    mode: 'search' | 'auto'
    /** What the public names of its tools begin with, once there is a catalog; the rules may use such names. */
    prefix: () => string
    /** What the source is for, told to the model. */
    description?: string
    limits: Pick<Limits, 'suggestSearchTools' | 'suggestSearchTokens' | 'maxSearchResults' | 'maxDescribeBytes'>
  }>

/**
 * Offers three tools in place of a source's own: `search` finds them, `describe` defines them, `call` runs them.
 *
 * Names inside are those that the endpoint of the source alone would give. Everything of a call passes through: progress,
 * cancellation, `_meta`, results, errors; and so do prompts and resources. A tool that the entry does not offer, or that
 * the caller may not use, is not found, not described and not called. Names and index are made when first needed, and
 * anew when the list changes.
 */
export function withSearch(source: ToolSource, options: SearchOptions): ToolSource {
  const { mode, limits, description } = options
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
    const behind = lazy(async () => {
      // Loaded when first needed: no start does.
      const { openGates } = await import('./search/behind-gates.ts')
      const opened = openGates(source, tools, { ...options, prefix: options.prefix(), ledger })
      ledger = rememberNames(ledger, new Map(opened.names))
      return opened
    })
    const hidden = lazy(async () => mode === 'search' || isLargeList((await behind()).offered, limits))
    listed = { tools, behind, hidden }
    return listed
  }

  /** A list that changed is fetched again; where that fails the old one is better than none. */
  const current = async (signal: AbortSignal): Promise<Listed> => {
    if (closed) throw new GatewayError('SOURCE_UNAVAILABLE', `"${source.id}" is closed.`)
    if (signal.aborted) throw new GatewayError('CANCELLED', `The call of "${source.id}" was cancelled.`)
    const before = listed
    if (before !== undefined && !stale) return before
    stale = false
    const tools = await source.list({ signal }).catch((error: unknown) => {
      if (before === undefined || signal.aborted) throw error
      return before.tools
    })
    return take(tools)
  }

  return {
    id: source.id,
    kind: source.kind,
    ...(source.features && { features: source.features }),
    list: async ({ signal }) => {
      stale = false
      const now = take(await source.list({ signal }))
      return (await now.hidden()) ? gates : now.tools
    },
    call: async (key, args, context) => {
      const now = await current(context.signal)
      if (!(await now.hidden())) return source.call(key, args, context)
      if (isGateKey(key)) return (await now.behind()).answer(key, args, context)
      const name = key.slice(0, 128)
      throw new GatewayError(
        'TOOL_NOT_FOUND',
        `"${source.id}" offers no "${name}" itself; it may be behind its search.`,
      )
    },
    health: () => {
      const health = source.health()
      if (listed === undefined) return health
      return { ...health, details: { ...health.details, toolsListed: listed.tools.length } }
    },
    onChange: listener => source.onChange(listener),
    close: () => {
      closed = true
      unfollow()
      return source.close()
    },
  }
}

/** One list of the source. Whether it is put behind search, and what is there, is found out when first asked for. */
type Listed = Readonly<{
  tools: readonly SourceTool[]
  hidden: () => Promise<boolean>
  behind: () => Promise<BehindGates>
}>

/** Made when first asked for, and never again. */
function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
