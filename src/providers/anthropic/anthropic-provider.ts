import type { ModelConfig, Provider } from '../../core/model.ts'
import { bearer, inHeader } from '../wire/authorize.ts'
import type { ProviderOptions } from '../wire/http-provider.ts'
import { httpProvider } from '../wire/http-provider.ts'
import { anthropicCodec } from './anthropic.ts'

/**
 * Anthropic, or an endpoint that speaks its Messages API. `/v1` at the end of a configured base URL is that of the path. A
 * configured `anthropic-beta` is added to what a caller asks for, where any other header takes its place.
 */
export function anthropicProvider(config: ModelConfig, options: ProviderOptions = {}): Provider {
  const { apiKey, maxOutputTokens, baseUrl } = config
  const isBeta = ([name]: readonly [string, string]): boolean => name.toLowerCase() === 'anthropic-beta'
  const headers = Object.entries(config.headers)
  const betas = headers.filter(isBeta).flatMap(([, value]) => value.split(',').map(each => each.trim()))
  const plain = {
    ...config,
    headers: Object.fromEntries(headers.filter(header => !isBeta(header))),
    ...(baseUrl !== undefined && { baseUrl: baseUrl.replace(/\/v1\/?$/, '') }),
  }
  const codec = anthropicCodec({ betas, ...(maxOutputTokens !== undefined && { maxOutputTokens }) })
  // A token of OAuth says so by how it begins.
  const authorize = apiKey?.startsWith('sk-ant-oat') ? bearer(apiKey) : inHeader('x-api-key', apiKey)
  return httpProvider(plain, { codec, baseUrl: 'https://api.anthropic.com', authorize }, options)
}
