import type { z } from 'zod'
import { GatewayError } from '../../core/errors.ts'

/** @returns what was parsed @throws GatewayError `REQUEST_INVALID`, its `data.param` naming the field; `at` is what was parsed */
export function orInvalid<T>(result: z.ZodSafeParseResult<T>, at: string): T {
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = (issue?.path ?? []).reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    at,
  )
  throw invalid(path, issue?.message ?? 'is invalid')
}

/** The error for a field of a body; `param` is its path, empty for the body itself. */
export function invalid(param: string, problem: string): GatewayError {
  const field = param === '' ? 'The body' : `"${param}"`
  return new GatewayError('REQUEST_INVALID', `${field}: ${problem}.`, { data: { param: param || null } })
}
