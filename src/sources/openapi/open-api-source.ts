import { GatewayError } from '../../core/errors.ts'
import type { Limits } from '../../core/limits.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import { errorResult } from '../../core/tool.ts'
import type { ToolSource } from '../../core/tool-source.ts'
import type { WatchFile } from '../../core/watch-file.ts'
import type { CheckArguments } from './call/check-arguments.ts'
import { maxBodyBytes } from './call/response.ts'
import { callOperation } from './call-operation.ts'
import { createEgress } from './egress/egress.ts'
import type { HttpRequest, HttpResponse } from './egress/http.ts'
import { rulesOf } from './egress/rules.ts'
import { keepDocument } from './keep-document.ts'
import { keepHealth } from './keep-health.ts'
import type { OperationCall, ReadDocument } from './read-document.ts'
import { keepTokens, TokenProblem } from './security/oauth-token.ts'
import { tokenUrlsOf } from './security/token-client.ts'

/** What the source needs from the world. */
export type OpenApiSourceOptions = Readonly<{
  limits: Limits
  log?: (level: 'info' | 'warn', message: string, detail?: object) => void
  now?: () => Date
  /** Ids of every source of the gateway: callers address headers by them. */
  sourceIds?: () => readonly string[]
  /** How a document on disk is watched. Without it no document is looked at again. */
  watchFile?: WatchFile
}>

/**
 * Offers the operations of an HTTP API that an OpenAPI document describes.
 *
 * The document is loaded by the first list or call and then followed; see {@link keepDocument}. `onChange` tells when it
 * offers other tools, and when it loads after having failed.
 */
export function openApiSource(config: OpenApiConfig, options: OpenApiSourceOptions): ToolSource {
  const { limits, log = () => {}, now = () => new Date(), sourceIds = () => [], watchFile } = options
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
  /** Loaded at the first call: it brings a whole JSON Schema compiler, which no list needs. */
  let check: CheckArguments | undefined
  const health = keepHealth(now)
  const kept = keepDocument(config, {
    limits,
    health,
    egress: out,
    log,
    now,
    onChange: () => {
      for (const listener of listeners) listener()
    },
    ...(watchFile && { watchFile }),
  })

  const send = async (request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> => {
    const timeoutMs = config.timeoutMs ?? limits.callTimeoutMs
    try {
      const response = await egress.send(request, { signal, timeoutMs, maxBytes: head => maxBodyBytes(head, limits) })
      health.callDone()
      return response
    } catch (thrown) {
      if (thrown instanceof GatewayError && thrown.code.startsWith('SOURCE_')) health.callFailed(thrown)
      throw thrown
    }
  }

  return {
    id: config.id,
    kind: 'openapi',
    list: async ({ signal }) => (await kept.current(signal)).tools,
    call: async (key, args, context) => {
      const read = await kept.current(context.signal)
      check ??= (await import('./call/check-arguments.ts')).createArgumentCheck()
      const parts = { config, limits, check, security: read.security, tokens, ids: sourceIds(), send }
      try {
        return await callOperation(findCall(config.id, read, key, kept.explainGone(key)), args, context, parts)
      } catch (thrown) {
        if (!(thrown instanceof TokenProblem)) throw thrown
        health.callFailed(thrown)
        return errorResult(thrown.message)
      }
    },
    health: health.get,
    onChange: listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => {
      health.close()
      kept.close()
      closing.abort()
      listeners.clear()
      await Promise.all([egress.close(), tokenEgress.close()])
    },
  }
}

function findCall(id: string, read: ReadDocument, key: string, fate: string | undefined): OperationCall {
  const call = read.calls.get(key)
  if (call !== undefined) return call
  const what = fate === undefined ? `"${id}" has no operation "${key}".` : `The operation "${key}" of "${id}" ${fate}.`
  throw new GatewayError('TOOL_NOT_FOUND', `${what} Call tools/list for the current tools.`)
}
