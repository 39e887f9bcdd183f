import type { Codec } from '../codec.ts'
import { fromAnthropic } from './anthropic-answer.ts'
import { betasOf, toAnthropic } from './anthropic-body.ts'
import { anthropicDialect } from './anthropic-dialect.ts'
import type { TraitOptions } from './anthropic-model.ts'
import { fromAnthropicStream } from './anthropic-stream.ts'

/** What an operator may say of an Anthropic model. */
export type AnthropicOptions = TraitOptions &
  Readonly<{
    /** Beta features for every request (`anthropic-beta`), besides those that a caller asks for. */
    betas?: readonly string[]
  }>

/** The version of the API that is spoken; the only one there is besides the first. */
const version = '2023-06-01'

/**
 * Anthropic's Messages API.
 *
 * Paths are relative to `https://api.anthropic.com`, without `/v1`. The transport adds the credential: `x-api-key`, or a
 * bearer token (OAuth).
 */
export function anthropicCodec(options: AnthropicOptions = {}): Codec {
  return {
    dialect: anthropicDialect,
    write(request) {
      const betas = [...new Set([...(options.betas ?? []), ...betasOf(request)])]
      return {
        path: '/v1/messages',
        body: toAnthropic(request, options),
        headers: { 'anthropic-version': version, ...(betas.length > 0 && { 'anthropic-beta': betas.join(',') }) },
      }
    },
    readWhole: fromAnthropic,
    readStream: fromAnthropicStream,
  }
}
