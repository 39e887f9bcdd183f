import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { hideSecrets } from '../../core/secrets.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import type { CallToolResult } from '../../core/tool.ts'
import { errorResult } from '../../core/tool.ts'
import type { CallContext } from '../../core/tool-source.ts'
import { createArgumentCheck } from './call/check-arguments.ts'
import { maxBodyBytes } from './call/response.ts'
import type { RetryRules } from './call/send-again.ts'
import { sendAgain } from './call/send-again.ts'
import { callOperation } from './call-operation.ts'
import type { EgressOptions } from './egress/egress.ts'
import { createEgress } from './egress/egress.ts'
import type { HttpRequest, HttpResponse, SendOptions } from './egress/http.ts'
import { rulesOf } from './egress/rules.ts'
import type { HealthKeeper } from './keep-health.ts'
import type { OperationCall, ReadDocument } from './read-document.ts'
import { keepTokens, TokenProblem } from './security/oauth-token.ts'
import { tokenUrlsOf } from './security/token-client.ts'

/** Everything that calls of one source share: connections, fetched tokens, compiled schemas. */
export type Calls = Readonly<{
  /** Calls an operation of the document as it is now. @throws GatewayError as `ToolSource.call` does */
  call: (
    operation: OperationCall,
    args: JsonObject,
    context: CallContext,
    read: Pick<ReadDocument, 'security'>,
  ) => Promise<CallToolResult>
  /** Ends connections and waiting. Safe to call twice. */
  close: () => Promise<void>
}>

/** What calls need. `egress`: where requests of this source may go, and how. */
export type CallsOptions = Readonly<{
  limits: Limits
  egress: EgressOptions
  health: HealthKeeper
  now: () => Date
  sourceIds: () => readonly string[]
}>

/** Opens what the calls of one source share. A source that is only listed does without all of it. */
export function openCalls(config: OpenApiConfig, { limits, egress: out, health, now, sourceIds }: CallsOptions): Calls {
  const egress = createEgress(`"${config.id}"`, out)
  const tokenRules = rulesOf(config, tokenUrlsOf(config))
  const tokenEgress = createEgress(`The token endpoint of "${config.id}"`, { ...out, ...tokenRules, connections: 1 })
  const closing = new AbortController()
  const tokens = keepTokens({
    egress: tokenEgress,
    timeoutMs: limits.startTimeoutMs,
    closing: closing.signal,
    now: () => now().getTime(),
  })
  const check = createArgumentCheck()
  const retries: RetryRules = {
    maxRetries: config.maxRetries ?? limits.maxCallRetries,
    minPauseMs: limits.retryMinMs,
    maxPauseMs: limits.maxRetryPauseMs,
    timeoutMs: config.timeoutMs ?? limits.callTimeoutMs,
    closing: closing.signal,
  }
  const maxBytes: SendOptions['maxBytes'] = head => maxBodyBytes(head, limits)

  const send = async (request: HttpRequest, signal: AbortSignal, idempotent: boolean): Promise<HttpResponse> => {
    try {
      const once = (timeoutMs: number) => egress.send(request, { signal, timeoutMs, maxBytes })
      const response = await sendAgain({ send: once, idempotent, signal }, retries)
      health.callDone()
      return response
    } catch (thrown) {
      if (thrown instanceof GatewayError && thrown.code.startsWith('SOURCE_')) health.callFailed(thrown)
      throw thrown
    }
  }

  return {
    call: async (operation, args, context, { security }) => {
      try {
        const parts = { config, limits, check, security, tokens, sourceIds, send }
        return await callOperation(operation, args, context, parts)
      } catch (thrown) {
        if (!(thrown instanceof TokenProblem)) throw thrown
        const told = new TokenProblem(hideSecrets(thrown.message, security.secrets))
        health.callFailed(told)
        return errorResult(told.message)
      }
    },
    close: async () => {
      closing.abort()
      await Promise.all([egress.close(), tokenEgress.close()])
    },
  }
}
