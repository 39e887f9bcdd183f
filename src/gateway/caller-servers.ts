import { createHash } from 'node:crypto'
import type { AllowedHost } from '../core/allowed-host.ts'
import type { Caller } from '../core/caller.ts'
import type { CallerServerRules } from '../core/caller-servers.ts'
import type { View } from '../core/catalog.ts'
import { buildCatalog, viewOf } from '../core/catalog.ts'
import { count } from '../core/count.ts'
import { GatewayError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Limits } from '../core/limits.ts'
import { mayNameServers } from '../core/policy.ts'
import type { CallToolResult } from '../core/tool.ts'
import type { CallContext, SourceTool, ToolSource } from '../core/tool-source.ts'
import { untilAborted } from '../core/until-aborted.ts'
import { matchesUrl } from '../core/url-pattern.ts'
import { asFailure } from './as-failure.ts'
import { keepPool } from './keep-pool.ts'

/** An MCP server as a caller names it. */
export type NamedServer = Readonly<{
  /** What errors, and where it must be the names of its tools, call it; not empty. */
  label: string
  url: URL
  /** Sent to it and to nobody else. Names in lower case. */
  headers: Readonly<Record<string, string>>
}>

/** A server that a caller has named, as it was listed. */
export type OpenServer = Readonly<{
  /** The same for the same caller, server and headers; tells nothing of them. */
  id: string
  /** Its tools under their own names, made legal. */
  view: View
  /** @returns also a failure of the server as a result @throws GatewayError as a gateway's call does */
  call(name: string, args: JsonObject, context: CallContext): Promise<CallToolResult>
}>

/** The MCP servers that callers name. None of them is in the catalog, and none is shared by two callers. */
export interface CallerServers {
  /**
   * Connects to a server, or takes the connection that the same caller has, and lists its tools.
   *
   * @throws GatewayError `REQUEST_INVALID`, `FORBIDDEN` or `EGRESS_DENIED` where it may not be named; else what keeps it
   *   from being listed
   */
  open(server: NamedServer, caller: Caller, signal: AbortSignal): Promise<OpenServer>
  close(): Promise<void>
}

type CallerServersOptions = Readonly<{
  rules: () => CallerServerRules
  /** Makes the source of a server; `allowHosts`: where it may be off the public internet. */
  make: (server: NamedServer, allowHosts: readonly AllowedHost[]) => ToolSource
  limits: Pick<Limits, 'maxCallerServers' | 'callerServerIdleMs' | 'maxCallerServerTools'>
}>

/** One connection. `listing`: its last list, or the one that is under way. */
type Connected = { readonly source: ToolSource; readonly ended: AbortController; listing?: Listing | undefined }

type Listing = Readonly<{ begun: number; view: Promise<View> }> & { done: boolean }

/** Keeps the connections to such servers, each for `callerServerIdleMs` behind its last use. */
export function keepCallerServers({ rules, make, limits }: CallerServersOptions): CallerServers {
  const pool = keepPool<Connected>({
    what: 'connections to servers that callers name',
    limit: 'limits.maxCallerServers',
    maxPlaces: limits.maxCallerServers,
    idleMs: limits.callerServerIdleMs,
    async shut({ source, ended }) {
      ended.abort()
      await source.close()
    },
  })

  const connect = (server: NamedServer, allowHosts: readonly AllowedHost[]): Connected => {
    const connected: Connected = { source: make(server, allowHosts), ended: new AbortController() }
    connected.source.onChange(() => {
      // What is told while it is being listed may well be that it is there now.
      if (connected.listing?.done) connected.listing = undefined
    })
    return connected
  }
  const listOf = (connected: Connected, label: string): Promise<View> => {
    const { listing: before, source, ended } = connected
    const now = performance.now()
    if (before !== undefined && (!before.done || now - before.begun < limits.callerServerIdleMs)) return before.view
    const view = source.list({ signal: ended.signal }).then(tools => toView(label, tools, limits.maxCallerServerTools))
    const listing: Listing = { begun: now, view, done: false }
    connected.listing = listing
    view.then(
      () => {
        listing.done = true
      },
      () => pool.retire(connected),
    )
    return view
  }

  return {
    async open(server, caller, signal) {
      const { label } = server
      const { allow, allowHosts } = rules()
      assertMayName(server.url, caller, allow)
      const id = idOf(server, caller, allowHosts)
      const over = <T>(use: (connected: Connected) => Promise<T>): Promise<T> =>
        pool.use(id, caller.id, () => connect(server, allowHosts), use)
      const view = await over(connected => untilAborted(listOf(connected, label), signal, `"${label}"`))
      return {
        id,
        view,
        async call(name, args, context) {
          const entry = view.find(name)
          if (entry === undefined) throw new GatewayError('TOOL_NOT_FOUND', `"${label}" has no tool of that name.`)
          try {
            return await over(async connected => {
              // One that was opened anew meanwhile has to know its tools before it is called.
              if (connected.listing === undefined)
                await untilAborted(listOf(connected, label), context.signal, `"${label}"`)
              return connected.source.call(entry.key, args, context)
            })
          } catch (error) {
            return asFailure(error)
          }
        },
      }
    },
    close: pool.close,
  }
}

/** What is said of a server elsewhere where callers may name none. */
export function notOfOurs({ origin }: URL): GatewayError {
  const remedy = 'Use "patchbay/mcp/<server>", or add the server to servers.json.'
  const message = `server_url "${short(origin)}" is not of this gateway. ${remedy}`
  return new GatewayError('REQUEST_INVALID', message, { data: { param: 'tools' } })
}

/** The longest URL that is taken. */
const maxUrlLength = 2_048

function assertMayName(url: URL, { access }: Caller, allow: CallerServerRules['allow']): void {
  const { origin, username, password, href } = url
  const data = { param: 'tools' }
  if (allow.length === 0) throw notOfOurs(url)
  if (username !== '' || password !== '') {
    const message = 'A server_url holds a user name or password; send it as "authorization" or in "headers".'
    throw new GatewayError('REQUEST_INVALID', message, { data })
  }
  if (href.length > maxUrlLength) {
    throw new GatewayError('REQUEST_INVALID', `A server_url is longer than ${maxUrlLength} characters.`, { data })
  }
  if (!mayNameServers(access)) {
    const message = `This key may not name servers of its own, such as the one at ${short(origin)}.`
    throw new GatewayError('FORBIDDEN', message, { data })
  }
  if (!allow.some(pattern => matchesUrl(pattern, url))) {
    const message = `server_url "${short(origin)}" is not one that this gateway connects to (egress.callerServers.allow).`
    throw new GatewayError('EGRESS_DENIED', message, { data })
  }
}

function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

/** Nobody finds the connection of somebody else, or of other credentials, under it. */
function idOf({ label, url, headers }: NamedServer, { id }: Caller, allowHosts: readonly AllowedHost[]): string {
  const sorted = Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([id, label, url.href, sorted, allowHosts]))
    .digest('hex')
}

/** Under the source's own names, by the rule that names every tool. */
function toView(label: string, tools: readonly SourceTool[], maxTools: number): View {
  if (tools.length > maxTools) {
    const message = `"${label}" lists more than ${count(maxTools, 'tool')} (limits.maxCallerServerTools).`
    throw new GatewayError('SOURCE_PROTOCOL', message)
  }
  return viewOf(buildCatalog([{ id: label, tools }], {}), { kind: 'source', id: label }, {})
}
