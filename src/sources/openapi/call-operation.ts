import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import type { OpenApiConfig } from '../../core/source-config.ts'
import type { CallToolResult } from '../../core/tool.ts'
import { errorResult } from '../../core/tool.ts'
import type { CallContext } from '../../core/tool-source.ts'
import { BadArgument } from './call/bad-argument.ts'
import type { CheckArguments } from './call/check-arguments.ts'
import { sendFollowing } from './call/redirects.ts'
import { buildRequest } from './call/request.ts'
import { toResult } from './call/response.ts'
import type { HttpRequest, HttpResponse } from './egress/http.ts'
import type { OperationCall } from './read-document.ts'
import type { Authorisation } from './security/authorise.ts'
import { authorise } from './security/authorise.ts'
import { applyCredentials } from './security/credentials.ts'
import { explainAuthorisation } from './security/explain-authorisation.ts'
import type { CallerHeaders } from './security/forwarded-headers.ts'
import { forwardedHeaders } from './security/forwarded-headers.ts'
import type { Tokens } from './security/oauth-token.ts'
import type { SecurityPlan } from './security/security-plan.ts'

/** What a call of an operation is made with. */
export type CallParts = Readonly<{
  config: OpenApiConfig
  limits: Limits
  check: CheckArguments
  security: SecurityPlan
  tokens: Tokens
  /** Ids of every source, since callers address headers by them. */
  sourceIds: () => readonly string[]
  /** @param idempotent - it may be sent again */
  send: (request: HttpRequest, signal: AbortSignal, idempotent: boolean) => Promise<HttpResponse>
}>

/**
 * Calls one operation: checks the arguments, builds the request, adds the credentials, and reads the answer.
 *
 * A fetched token that the API refuses with 401 is fetched anew, and the request sent once more: it was not carried out.
 *
 * @throws GatewayError `CONFIG_INVALID` without a base URL, what `send` throws, or a TokenProblem
 */
export async function callOperation(
  call: OperationCall,
  args: JsonObject,
  context: CallContext,
  parts: CallParts,
): Promise<CallToolResult> {
  const { config, limits, security, tokens } = parts
  const checked = parts.check(call, args)
  if (!checked.ok) return errorResult(checked.problem)
  const base = baseOf(config.id, call)
  const caller = security.readsCaller ? (context.headers ?? {}) : {}
  const forwarded = forwardedHeaders(config, caller, parts.sourceIds)
  // What the caller sent, under what is configured.
  const headers = call.isTrusted ? { ...forwarded, ...config.headers } : {}
  const request = build(call, base, checked.args, headers, limits)
  if ('problem' in request) return errorResult(request.problem)

  const gather = (): Authorisation | Promise<Authorisation> =>
    authorise(security, call.security, {
      isTrusted: call.isTrusted,
      caller,
      forwarded,
      tokens,
      signal: context.signal,
    })
  const given = await gather()
  if (config.strictAuth && given.missing.length > 0) {
    return errorResult(`Not called. ${explainAuthorisation(given, security)}`)
  }
  const response = await send(request, given)
  if (response.status !== 401 || given.tokens.length === 0) return read(response, given)
  for (const { client, token } of given.tokens) tokens.drop(client, token)
  const renewed = await gather()
  const again = await send(request, renewed)
  return read(again, { ...renewed, secrets: [...renewed.secrets, ...given.secrets] })

  function send(built: HttpRequest, { parts: credentials }: Authorisation): Promise<HttpResponse> {
    const once = (each: HttpRequest) =>
      parts.send(applyCredentials(each, credentials), context.signal, call.isIdempotent)
    return config.followRedirects ? sendFollowing(built, once) : once(built)
  }

  function read(answer: HttpResponse, authorisation: Authorisation): CallToolResult {
    const secrets = joinSecrets(authorisation.secrets, security.secrets)
    const called = config.followRedirects ? { ...call, followsRedirects: true as const } : call
    const result = toResult(answer, called, limits, secrets)
    const isRefused = answer.status === 401 || answer.status === 403
    return isRefused ? addSentence(result, explainAuthorisation(authorisation, security)) : result
  }
}

function baseOf(id: string, { baseUrls }: OperationCall): URL {
  const [base] = baseUrls.usable
  if (base !== undefined) return base
  const problems = baseUrls.problems.join(' ').slice(0, 600)
  throw new GatewayError('CONFIG_INVALID', `"${id}" has no base URL to call. ${problems}`)
}

function build(
  call: OperationCall,
  base: URL,
  args: JsonObject,
  headers: CallerHeaders,
  { maxUploadBytes }: Limits,
): HttpRequest | Readonly<{ problem: string }> {
  try {
    return buildRequest(call, base, args, headers, { maxUploadBytes })
  } catch (thrown) {
    if (thrown instanceof BadArgument) return { problem: thrown.message }
    throw thrown
  }
}

/** The longest first, so that one which is part of another is not hidden before it; `configured` has that order. */
function joinSecrets(ofCall: readonly string[], configured: readonly string[]): readonly string[] {
  return ofCall.length === 0 ? configured : [...ofCall, ...configured].sort((a, b) => b.length - a.length)
}

/** Behind what the API said, so that its status stays the first thing that is read. */
function addSentence(result: CallToolResult, sentence: string): CallToolResult {
  const [first, ...others] = result.content
  const text = `${typeof first?.text === 'string' ? first.text : ''}\n${sentence}`
  return { ...result, content: [{ type: 'text', text }, ...others] }
}
