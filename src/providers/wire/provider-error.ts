import { GatewayError, messageOf } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { isObject } from '../../core/json.ts'
import type { ProviderFailure } from '../../core/model.ts'

/** Hides the provider's credentials in a text of the provider's. */
export type Redact = (text: string) => string

/** Makes the {@link Redact} of one model's credentials; short values are left, they would hide ordinary words. */
export function redactor(secrets: readonly (string | undefined)[]): Redact {
  const words = secrets.flatMap(secret => (secret === undefined ? [] : [secret, ...secret.split(/\s+/)]))
  const known = words.filter(word => word.length >= 8)
  return text => known.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}

/**
 * The error for an answer with a status of failure: the provider's own words and status, without our credentials.
 *
 * A status that is no failure, such as a redirect, becomes 502.
 */
export function toProviderError(
  model: string,
  answer: Readonly<{ status: number; body: string; retryAfter?: string | undefined }>,
  redact: Redact,
): GatewayError {
  const status = answer.status >= 400 && answer.status <= 599 ? answer.status : 502
  const error = readError(redact(answer.body), `The provider of model "${model}" answered with HTTP ${answer.status}.`)
  const retryAfter = answer.retryAfter || retryDelay(error.details)
  return failure(model, { status, error, ...(retryAfter && { retryAfter }) })
}

/** True for an error in the place of an answer or a chunk. */
export function isInnerError(answer: JsonObject): boolean {
  const error = answer.error
  return isObject(error) || isText(error) || answer.object === 'error'
}

/** The error object that some endpoints send inside an answer of status 200. */
export function toInnerError(model: string, body: JsonObject, redact: Redact): GatewayError {
  const error = readError(redact(JSON.stringify(body)), `The provider of model "${model}" sent an error.`)
  const code = Number(isObject(body.error) ? body.error.code : undefined)
  const retryAfter = retryDelay(error.details)
  return failure(model, {
    status: code >= 400 && code <= 599 ? code : 502,
    error,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** Google says when to come back in the error itself (google.rpc.RetryInfo, `"34.4s"`), as `Retry-After` has it. */
function retryDelay(details: unknown): string | undefined {
  const infos = Array.isArray(details) ? details.filter(isObject) : []
  const delay = infos.map(info => info.retryDelay).find(isText)
  const seconds = delay === undefined ? undefined : /^(\d{1,7}(?:\.\d+)?)s$/.exec(delay)?.[1]
  return seconds === undefined ? undefined : String(Math.ceil(Number(seconds)))
}

/** The error for an answer that never came, broke off, or makes no sense. `what` goes on after "model x". */
export function toBrokenTurn(model: string, what: string, cause?: unknown): GatewayError {
  const reason = cause === undefined ? '' : `: ${messageOf(cause).slice(0, 150)}`
  const message = `The provider of model "${model}" ${what}${reason}.`
  const status = isTimeout(cause) ? 504 : 502
  return failure(
    model,
    { status, error: { message, type: 'server_error', param: null, code: 'provider_error' } },
    cause,
  )
}

function failure(model: string, data: ProviderFailure, cause?: unknown): GatewayError {
  const message = data.error.message.slice(0, 200)
  const text = message.includes(model) ? message : `Model "${model}": ${message}`
  return new GatewayError('PROVIDER_ERROR', text, { data, cause })
}

/**
 * Reads the error out of the shapes in use: `{error: {message, ...}}`, `{error: "..."}`, `{message, ...}`,
 * `{detail: ...}`, any of them alone in an array, or plain text. A page of HTML tells nobody anything.
 */
function readError(body: string, fallback: string): ProviderFailure['error'] {
  const parsed = parse(body)
  const whole = Array.isArray(parsed) ? parsed[0] : parsed
  const inner = isObject(whole) ? (whole.error ?? whole) : whole
  const fields: JsonObject = isObject(inner) ? inner : { message: inner }
  const message = [fields.message, fields.detail, fields.error].find(isText)
  return {
    ...fields,
    message: (message ?? (isObject(fields.detail) ? JSON.stringify(fields.detail) : fallback)).slice(0, 2_000),
    type: isText(fields.type) ? fields.type : null,
    param: isText(fields.param) ? fields.param : null,
    code: isText(fields.code) || typeof fields.code === 'number' ? String(fields.code) : null,
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body.trimStart().startsWith('<') ? undefined : body.slice(0, 200)
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && /timeout/i.test(`${cause.name} ${(cause as NodeJS.ErrnoException).code ?? ''}`)
}
