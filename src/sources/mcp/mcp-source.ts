import { GatewayError } from '../../core/errors.ts'
import type { HeaderParam } from '../../core/header-params.ts'
import { headerParams, toParamHeaders } from '../../core/header-params.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { withoutHopFields } from '../../core/protocol.ts'
import type { RemoteConfig, StdioConfig } from '../../core/source-config.ts'
import type { CallToolResult } from '../../core/tool.ts'
import { errorResult } from '../../core/tool.ts'
import type { CallContext, SourceTool, ToolSource } from '../../core/tool-source.ts'
import { connect } from './connection.ts'
import { HttpStatusError } from './http-status-error.ts'
import { listTools } from './list-tools.ts'
import type { Route, Session } from './session.ts'
import { openSession } from './session.ts'

/** What an MCP source needs besides its configuration. */
export type McpSourceOptions = Readonly<{
  limits: Limits
  /** Who we are, for the upstream: `{ name, version }`. */
  clientInfo: JsonObject
  log: (level: 'debug' | 'info' | 'warn', message: string) => void
}>

/**
 * An MCP server as a source: one connection, made at once, kept, and shared by all callers.
 *
 * What a tool answers is passed on whole; only the fields that belong to the hop are taken off.
 */
export function mcpSource(
  config: StdioConfig | RemoteConfig,
  { limits, clientInfo, log }: McpSourceOptions,
): ToolSource {
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const mirrored = new Map<string, readonly HeaderParam[]>()
  const onNotification = (method: string): void => {
    // What changed before a subscription stood was told to nobody, so its beginning counts as a change.
    if (['notifications/tools/list_changed', 'notifications/subscriptions/acknowledged'].includes(method)) changed()
  }
  const sessionOptions = {
    sourceId: config.id,
    routes: routesTo(config, limits, text => log('debug', `"${config.id}" wrote to stderr: ${text.trimEnd()}`)),
    protocol: config.protocol,
    probeTimeoutMs: limits.probeTimeoutMs,
    startTimeoutMs: limits.startTimeoutMs,
    clientInfo,
    onNotification,
    log: (message: string) => log('warn', message),
  }
  const connection = connect({
    sourceId: config.id,
    limits,
    log,
    onReady: changed,
    open: async signal => {
      const session = await openSession(sessionOptions, signal)
      if (session.modern) followChanges(session, config.id, log)
      return session
    },
  })
  const timeoutMs = config.timeoutMs ?? limits.callTimeoutMs
  const hardTimeoutMs = Math.max(timeoutMs, limits.callHardTimeoutMs)

  /** Runs once over the standing session, and once more where the upstream has forgotten it: then it was never run. */
  const withSession = async <T>(signal: AbortSignal, use: (session: Session) => Promise<T>): Promise<T> => {
    const session = await connection.session(signal)
    try {
      return await use(session)
    } catch (error) {
      if (!(error instanceof HttpStatusError) || !error.sessionLost) throw error
      connection.renew(session)
      return use(await connection.session(signal))
    }
  }

  return {
    id: config.id,
    kind: 'mcp',

    async list({ signal }): Promise<readonly SourceTool[]> {
      try {
        const tools = await withSession(signal, session =>
          listTools(session, { sourceId: config.id, signal, limits, log }),
        )
        mirrored.clear()
        for (const { key, tool } of tools) {
          const headers = config.kind === 'remote' ? headerParams(tool.inputSchema) : []
          if (headers.length > 0) mirrored.set(key, headers)
        }
        connection.report('list')
        return tools
      } catch (error) {
        connection.report('list', error)
        throw error
      }
    },

    async call(key: string, args: JsonObject, { signal, meta, onProgress }: CallContext): Promise<CallToolResult> {
      const params = { name: key, arguments: args, ...(meta && { _meta: meta }) }
      const options = {
        signal,
        timeoutMs,
        hardTimeoutMs: onProgress === undefined ? timeoutMs : hardTimeoutMs,
        ...(onProgress && { onProgress }),
      }
      const repeated = mirrored.get(key)
      const forModern = repeated === undefined ? options : { ...options, headers: toParamHeaders(repeated, args) }
      const ask = async (session: Session): Promise<JsonObject> => {
        if (!session.modern) return session.request('tools/call', params, options)
        return fromModern(await session.request('tools/call', params, forModern), config.id, key)
      }
      let result: JsonObject
      try {
        result = await withSession(signal, ask)
      } catch (error) {
        connection.report('call', error)
        throw error
      }
      connection.report('call')
      return toCallResult(result, config.id)
    },

    health: connection.health,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: connection.close,
  }
}

/** Each transport is loaded where it is used: one that only starts programs needs no HTTP client. */
function routesTo(
  config: StdioConfig | RemoteConfig,
  limits: Limits,
  onStderr: (text: string) => void,
): readonly Route[] {
  const { maxMessageBytes, startTimeoutMs: connectTimeoutMs } = limits
  if (config.kind === 'stdio') {
    const load = () => import('./stdio-transport.ts')
    return [{ makeTransport: async () => (await load()).stdioTransport(config, { maxMessageBytes, onStderr }) }]
  }
  const options = { maxMessageBytes, connectTimeoutMs }
  const http: Route = {
    makeTransport: async () => (await import('./http-transport.ts')).httpTransport(config, options),
  }
  const sse: Route = {
    makeTransport: async () => (await import('./sse-transport.ts')).sseTransport(config, options),
    legacyOnly: true,
  }
  if (config.transport === 'auto') return [http, sse]
  return config.transport === 'http' ? [http] : [sse]
}

/** A modern upstream tells of changes on one long request (2026-07-28, patterns/subscriptions); asked again when it ends. */
function followChanges(session: Session, sourceId: string, log: McpSourceOptions['log']): void {
  const tools = session.capabilities.tools
  if (!isObject(tools) || tools.listChanged !== true) return
  const ended = new AbortController()
  void session.closed.then(() => ended.abort())
  const listen = async (): Promise<void> => {
    const options = { signal: ended.signal, timeoutMs: Number.POSITIVE_INFINITY }
    await session.request('subscriptions/listen', { notifications: { toolsListChanged: true } }, options)
  }
  const again = (): void => {
    if (!ended.signal.aborted) setTimeout(start, 5_000).unref()
  }
  const start = (): void => {
    listen().then(again, (error: Error) => {
      log('debug', `"${sourceId}" ended its subscription: ${error.message}`)
      if (error instanceof GatewayError && error.code !== 'SOURCE_ERROR') again()
    })
  }
  start()
}

/** Takes off what belongs to the hop. A result that asks for input cannot be relayed yet, and says so. */
function fromModern({ resultType, ...result }: JsonObject, sourceId: string, key: string): JsonObject {
  if (resultType !== undefined && resultType !== 'complete') {
    return errorResult(
      `"${sourceId}" asks for more input before it runs "${key}" (${String(resultType)}); Patchbay cannot relay that yet.`,
    )
  }
  const meta = withoutHopFields(result._meta)
  const { _meta: _, ...rest } = result
  return meta === undefined ? rest : { ...rest, _meta: meta }
}

/** Servers of revision 2024-11-05 may leave `content` out beside `structuredContent` or `toolResult`. */
function toCallResult(result: JsonObject, sourceId: string): CallToolResult {
  if (Array.isArray(result.content)) return result as CallToolResult
  if (result.content === undefined) return { ...result, content: [] }
  throw new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" answered with a content that is no list.`)
}
