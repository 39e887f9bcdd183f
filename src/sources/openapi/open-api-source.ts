import { GatewayError, messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import { errorResult } from '../../core/tool.ts'
import type { SourceHealth, ToolSource } from '../../core/tool-source.ts'
import type { CheckArguments } from './call/check-arguments.ts'
import { maxBodyBytes } from './call/response.ts'
import { callOperation } from './call-operation.ts'
import type { SkippedOperation } from './document/operation.ts'
import type { HttpRequest, HttpResponse } from './egress/egress.ts'
import { createEgress } from './egress/egress.ts'
import { rulesOf } from './egress/rules.ts'
import type { OperationCall, ReadDocument } from './read-document.ts'
import { readSource } from './read-source.ts'
import { keepTokens, TokenProblem } from './security/oauth-token.ts'
import { tokenUrlsOf } from './security/token-client.ts'
import { untilAborted } from './until-aborted.ts'

/** What the source needs from the world. */
export type OpenApiSourceOptions = Readonly<{
  limits: Limits
  log?: (message: string, detail?: object) => void
  now?: () => Date
  /** Ids of every source of the gateway: callers address headers by them. */
  sourceIds?: () => readonly string[]
}>

/**
 * Offers the operations of an HTTP API that an OpenAPI document describes.
 *
 * The document is loaded once, by the first list or call; a load that failed is tried again by the next. `onChange`
 * tells when it loads after having failed: the document itself is not watched.
 */
export function openApiSource(config: OpenApiConfig, options: OpenApiSourceOptions): ToolSource {
  const { limits, log = () => {}, now = () => new Date(), sourceIds = () => [] } = options
  const documentUrl = 'at' in config.document ? config.document.at : undefined
  const out = { ...rulesOf(config, [documentUrl]), ...(config.tls && { tls: config.tls }) }
  const egress = createEgress(`"${config.id}"`, out)
  const tokenRules = rulesOf(config, tokenUrlsOf(config))
  const tokenEgress = createEgress(`The token endpoint of "${config.id}"`, { ...out, ...tokenRules, connections: 1 })
  const closing = new AbortController()
  const listeners = new Set<() => void>()
  const tokens = keepTokens({
    egress: tokenEgress,
    timeoutMs: limits.startTimeoutMs,
    closing: closing.signal,
    now: () => now().getTime(),
  })
  let loading: Promise<Loaded> | undefined
  /** Loaded at the first call: it brings a whole JSON Schema compiler, which no list needs. */
  let check: CheckArguments | undefined
  let current: Loaded | undefined
  let health: SourceHealth = { state: 'connecting' }

  const setState = (change: Partial<SourceHealth>) => {
    if (health.state !== 'closed') health = { ...health, ...change }
  }

  const fail = (stage: 'start' | 'call', thrown: unknown) => {
    const at = now().toISOString()
    const since = health.state === 'ready' ? at : (health.lastFailure?.since ?? at)
    const message = messageOf(thrown)
    setState({ state: stage === 'start' ? 'failed' : 'degraded', lastFailure: { stage, message, at, since } })
  }

  const load = async (): Promise<Loaded> => {
    try {
      const read = await readSource(config, { limits, signal: closing.signal, egress: out })
      reportGaps(config.id, read, log)
      const cameBack = health.state === 'failed'
      setState({ state: 'ready', details: describe(read) })
      current = { read }
      if (cameBack) for (const listener of listeners) listener()
      return current
    } catch (thrown) {
      loading = undefined
      fail('start', thrown)
      throw nameSource(config.id, thrown)
    }
  }

  const loaded = async (signal: AbortSignal): Promise<Loaded> => {
    if (closing.signal.aborted) throw new GatewayError('SOURCE_UNAVAILABLE', `"${config.id}" is closed.`)
    if (current !== undefined) return current
    loading ??= load()
    return await untilAborted(loading, signal, `"${config.id}"`)
  }

  const send = async (request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> => {
    const timeoutMs = config.timeoutMs ?? limits.callTimeoutMs
    try {
      const response = await egress.send(request, { signal, timeoutMs, maxBytes: head => maxBodyBytes(head, limits) })
      if (health.state === 'degraded') setState({ state: 'ready' })
      return response
    } catch (thrown) {
      if (thrown instanceof GatewayError && thrown.code.startsWith('SOURCE_')) fail('call', thrown)
      throw thrown
    }
  }

  return {
    id: config.id,
    kind: 'openapi',
    list: async ({ signal }) => (await loaded(signal)).read.tools,
    call: async (key, args, context) => {
      const { read } = await loaded(context.signal)
      check ??= (await import('./call/check-arguments.ts')).createArgumentCheck()
      const parts = { config, limits, check, security: read.security, tokens, ids: sourceIds(), send }
      try {
        return await callOperation(findCall(config.id, read, key), args, context, parts)
      } catch (thrown) {
        if (!(thrown instanceof TokenProblem)) throw thrown
        fail('call', thrown)
        return errorResult(thrown.message)
      }
    },
    health: () => health,
    onChange: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      setState({ state: 'closed' })
      closing.abort()
      listeners.clear()
      await Promise.all([egress.close(), tokenEgress.close()])
    },
  }
}

type Loaded = Readonly<{ read: ReadDocument }>

function findCall(id: string, read: ReadDocument, key: string): OperationCall {
  const call = read.calls.get(key)
  if (call !== undefined) return call
  throw new GatewayError('TOOL_NOT_FOUND', `"${id}" has no operation "${key}". Call tools/list for the current tools.`)
}

/** One log line a load, however much is missing; the preview has the whole list. */
function reportGaps(
  id: string,
  { tools, skipped: all, warnings }: ReadDocument,
  log: OpenApiSourceOptions['log'],
): void {
  const skipped = all.filter(isGap)
  if (skipped.length === 0 && warnings.length === 0) return
  log?.(`"${id}" offers ${tools.length} tools; ${skipped.length} operations were skipped.`, {
    source: id,
    skipped: skipped.slice(0, 20),
    warnings: warnings.slice(0, 20),
  })
}

/** What the entry or the document leaves out on purpose is not missing. */
function isGap({ code }: SkippedOperation): boolean {
  return code !== 'FILTERED' && code !== 'HIDDEN'
}

function describe({ title, tools, skipped, servers }: ReadDocument): JsonObject {
  return {
    ...(title !== undefined && { title }),
    tools: tools.length,
    skipped: skipped.filter(isGap).length,
    ...(!skipped.every(isGap) && { filtered: skipped.filter(each => !isGap(each)).length }),
    ...(servers[0] !== undefined && { baseUrl: servers[0] }),
  }
}

function nameSource(id: string, thrown: unknown): GatewayError {
  const message = messageOf(thrown)
  const { code, data } = thrown instanceof GatewayError ? thrown : { code: 'INTERNAL' as const, data: undefined }
  return new GatewayError(code, message.startsWith(`"${id}"`) ? message : `"${id}": ${message}`, {
    cause: thrown,
    data,
  })
}
