import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import { errorResult } from '../../core/tool.ts'
import type { ToolSource } from '../../core/tool-source.ts'
import type { WatchFile } from '../../core/watch-file.ts'
import type { CheckArguments } from './call/check-arguments.ts'
import { BadArgument, buildRequest } from './call/request.ts'
import { maxBodyBytes, toResult } from './call/response.ts'
import { createEgress } from './egress/egress.ts'
import { rulesOf } from './egress/rules.ts'
import { keepDocument } from './keep-document.ts'
import { keepHealth } from './keep-health.ts'
import type { OperationCall, ReadDocument } from './read-document.ts'

/** What the source needs from the world. */
export type OpenApiSourceOptions = Readonly<{
  limits: Limits
  log?: (level: 'info' | 'warn', message: string, detail?: object) => void
  now?: () => Date
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
  const { limits, log = () => {}, now = () => new Date(), watchFile } = options
  const documentUrl = 'at' in config.document ? config.document.at : undefined
  const out = { ...rulesOf(config, [documentUrl]), ...(config.tls && { tls: config.tls }) }
  const egress = createEgress(`"${config.id}"`, out)
  const listeners = new Set<() => void>()
  const secrets = secretsOf(config.headers)
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

  return {
    id: config.id,
    kind: 'openapi',
    list: async ({ signal }) => (await kept.current(signal)).tools,
    call: async (key, args, { signal }) => {
      const call = findCall(config.id, await kept.current(signal), key, kept.explainGone(key))
      check ??= (await import('./call/check-arguments.ts')).createArgumentCheck()
      const prepared = prepareCall(config, call, args, check)
      if ('problem' in prepared) return errorResult(prepared.problem)
      const { request } = prepared
      const timeoutMs = config.timeoutMs ?? limits.callTimeoutMs
      try {
        const response = await egress.send(request, { signal, timeoutMs, maxBytes: head => maxBodyBytes(head, limits) })
        health.callDone()
        return toResult(response, call, limits, secrets)
      } catch (thrown) {
        if (thrown instanceof GatewayError && thrown.code.startsWith('SOURCE_')) health.callFailed(thrown)
        throw thrown
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
      listeners.clear()
      await egress.close()
    },
  }
}

type PreparedCall = Readonly<{ request: ReturnType<typeof buildRequest> }>

function prepareCall(
  config: OpenApiConfig,
  call: OperationCall,
  args: JsonObject,
  check: CheckArguments,
): PreparedCall | Readonly<{ problem: string }> {
  const checked = check(call, args)
  if (!checked.ok) return checked
  const [base] = call.baseUrls.usable
  if (base === undefined) {
    const problems = call.baseUrls.problems.join(' ').slice(0, 600)
    throw new GatewayError('CONFIG_INVALID', `"${config.id}" has no base URL to call. ${problems}`)
  }
  try {
    return { request: buildRequest(call, base, checked.args, call.isTrusted ? config.headers : {}) }
  } catch (thrown) {
    if (thrown instanceof BadArgument) return { problem: thrown.message }
    throw thrown
  }
}

function findCall(id: string, read: ReadDocument, key: string, fate: string | undefined): OperationCall {
  const call = read.calls.get(key)
  if (call !== undefined) return call
  const what = fate === undefined ? `"${id}" has no operation "${key}".` : `The operation "${key}" of "${id}" ${fate}.`
  throw new GatewayError('TOOL_NOT_FOUND', `${what} Call tools/list for the current tools.`)
}

/** Values of configured headers, with and without a scheme in front; short ones would hide ordinary words. */
function secretsOf(headers: Readonly<Record<string, string>>): readonly string[] {
  const values = Object.values(headers).flatMap(value => [value, value.replace(/^\S+\s+/, '')])
  return [...new Set(values)].filter(value => value.length >= 6).sort((a, b) => b.length - a.length)
}
