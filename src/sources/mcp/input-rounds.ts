import type { ClientLink } from '../../core/client-link.ts'
import { GatewayError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { Limits } from '../../core/limits.ts'
import { rpcCode } from '../../core/protocol.ts'
import { askClient } from './ask-client.ts'
import { isAsk, lackOf } from './ask-rules.ts'

/** What answering needs. */
export type AnswerOptions = Readonly<{
  sourceId: string
  /** Who is asked; without one every question fails the request. */
  client: ClientLink | undefined
  signal: AbortSignal
  limits: Pick<Limits, 'askTimeoutMs'>
}>

/** What the rounds of one request need. */
export type RoundOptions = Omit<AnswerOptions, 'limits'> &
  Readonly<{
    limits: Pick<Limits, 'maxInputRounds' | 'maxAsksPerCall' | 'askTimeoutMs'>
    /** Sends the same request again, with a new id and these fields added. */
    again: (answers: JsonObject) => Promise<JsonObject>
  }>

/** Tells whether a modern upstream asks for more before it answers (MCP 2026-07-28, basic, "ResultType"). */
export function asksForInput(result: JsonObject): boolean {
  return result.resultType === 'input_required'
}

/**
 * Answers what a modern upstream asks for, round by round, until it gives its result (MCP 2026-07-28,
 * basic/patterns/mrtr). All questions of one round are put at once; its state goes back exactly as it came.
 *
 * @param first - the result that asks
 * @throws GatewayError `CLIENT_REFUSED` for what the client cannot do or refuses, `SOURCE_PROTOCOL` where there is no
 *   client, `LIMIT_REACHED` past `maxInputRounds` rounds or `maxAsksPerCall` questions, `CANCELLED`
 */
export async function runRounds(first: JsonObject, options: RoundOptions): Promise<JsonObject> {
  const { sourceId, limits, again } = options
  let result = first
  let asked = 0
  for (let round = 1; asksForInput(result); round += 1) {
    const requests = isObject(result.inputRequests) ? Object.entries(result.inputRequests) : []
    asked += requests.length
    const past =
      round > limits.maxInputRounds
        ? `${limits.maxInputRounds} times (limits.maxInputRounds)`
        : asked > limits.maxAsksPerCall
          ? `${limits.maxAsksPerCall} things (limits.maxAsksPerCall)`
          : undefined
    if (past !== undefined)
      throw new GatewayError('LIMIT_REACHED', `"${sourceId}" asked for more input than ${past} before it answered.`)
    const responses = await answerRequests(requests, options)
    result = await again({
      ...(requests.length > 0 && { inputResponses: responses }),
      ...(result.requestState !== undefined && { requestState: result.requestState }),
    })
  }
  return result
}

/**
 * Puts these questions, by their keys, to the client: all at once.
 *
 * @returns its answers by the same keys
 * @throws GatewayError as {@link runRounds} does
 */
export async function answerRequests(
  requests: readonly (readonly [string, unknown])[],
  { sourceId, client, signal, limits }: AnswerOptions,
): Promise<JsonObject> {
  const failed = new AbortController()
  const answer = async ([key, request]: readonly [string, unknown]): Promise<[string, JsonObject]> => {
    if (!isObject(request) || typeof request.method !== 'string')
      throw new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" asks for input with something that is no request.`)
    const { method } = request
    const params = isObject(request.params) ? request.params : {}
    if (!isAsk(method)) {
      const message = `"${sourceId}" asks its client for ${method.slice(0, 60)}, which MCP does not know.`
      throw new GatewayError('SOURCE_PROTOCOL', message)
    }
    if (client === undefined)
      throw new GatewayError('SOURCE_PROTOCOL', `"${sourceId}" asks for ${method}, and nobody is here to be asked.`)
    const lack = lackOf(method, params, client.capabilities)
    if (lack !== undefined) {
      const { message } = lack.error
      const data = { requiredCapabilities: lack.required }
      const error = { code: rpcCode.missingCapability, message, data }
      throw new GatewayError('CLIENT_REFUSED', `"${sourceId}" asks for ${method}. ${message}`, { data: error })
    }
    const asking = AbortSignal.any([signal, failed.signal])
    return [key, await askClient(client, { method, params, signal: asking, timeoutMs: limits.askTimeoutMs })]
  }
  try {
    return Object.fromEntries(await Promise.all(requests.map(answer)))
  } catch (error) {
    // One question without an answer is a round without one: the others need none.
    failed.abort()
    throw error
  }
}
