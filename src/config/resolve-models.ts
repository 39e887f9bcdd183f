import type { AwsAccess, ModelConfig } from '../core/model.ts'
import { starOf } from '../core/model-pattern.ts'
import { providerNames, providersWithoutKey, providersWithoutUrl } from '../core/provider-name.ts'
import type { NamedEntry } from './checks.ts'
import { checkUrl, namedEntries, pickOne } from './checks.ts'
import type { ModelEntry, ServersFile } from './file-schema.ts'
import type { Findings } from './findings.ts'
import { suggest } from './findings.ts'
import { toPrice } from './price-schema.ts'
import { checkHeaders } from './resolve-headers.ts'
import { toWholeNumber } from './schema-parts.ts'

const openAiUrl = 'https://api.openai.com/v1'

/**
 * Reads `models`, in the order of the file: one for each deployment. Entries of a list that have one name are deployments
 * of it, as are the `deployments` of an entry, which take from the entry what they do not say themselves.
 */
export function resolveModels(block: ServersFile['models'], findings: Findings): ModelConfig[] {
  const entries = namedEntries<ModelEntry, 'name'>(block, 'name', ['models'], findings, { mayRepeat: true })
  const models = entries.flatMap(named => deploymentsOf(named).map(each => resolveModel(each, findings)))
  for (const { name, path, entry } of entries) {
    if ((name.match(/\*/g)?.length ?? 0) > 1) findings.problem(path, 'has more than one "*" in its name.')
    for (const [index, fallback] of (entry.fallbacks ?? []).entries()) {
      const known = models.some(model => model.name === fallback || starOf(model.name, fallback) !== undefined)
      if (!known)
        findings.problem(
          [...path, 'fallbacks', index],
          `names no model${suggest(
            fallback,
            models.map(model => model.name),
          )}`,
        )
    }
  }
  return models
}

function deploymentsOf({ name, path, entry }: NamedEntry<ModelEntry>): readonly NamedEntry<ModelEntry>[] {
  const { deployments, ...shared } = entry
  if (deployments === undefined) return [{ name, path, entry }]
  return deployments.map((own, index) => ({
    name,
    path: [...path, 'deployments', index],
    entry: { ...shared, ...own } as ModelEntry,
  }))
}

function resolveModel({ name, path, entry }: NamedEntry<ModelEntry>, findings: Findings): ModelConfig {
  // A pattern without a model of its own asks for whatever the star stands for.
  const { provider, model = name.includes('*') ? '*' : name, headers = {}, fallbacks, price } = entry
  const given = pickOne(entry, ['baseUrl', 'api_base'], path, findings)
  const apiKey = pickOne(entry, ['apiKey', 'api_key'], path, findings)
  const baseUrl = provider === 'openai' ? (given ?? openAiUrl) : given
  if (provider === undefined)
    findings.problem([...path, 'provider'], `is missing; expected one of ${providerNames.join(', ')}.`)
  if (baseUrl !== undefined)
    checkUrl(baseUrl, [...path, entry.baseUrl === undefined ? 'api_base' : 'baseUrl'], findings)
  checkHeaders(headers, [...path, 'headers'], findings)
  if (provider !== undefined && baseUrl === undefined && providersWithoutUrl.has(provider)) {
    findings.problem([...path, 'baseUrl'], `is missing; "${provider}" has no address of its own.`)
  }
  const wantsKey = provider !== undefined && !providersWithoutKey.has(provider)
  if (wantsKey && (given === undefined || given === openAiUrl) && !apiKey && Object.keys(headers).length === 0) {
    findings.warning(path, `has no "apiKey", which ${provider === 'openai' ? 'api.openai.com' : provider} asks for.`)
  }
  if (apiKey !== undefined && !/^[\x21-\x7e]*$/.test(apiKey)) {
    findings.problem([...path, entry.apiKey === undefined ? 'api_key' : 'apiKey'], 'holds a space or line break.')
  }
  const bridge = provider === 'ai-sdk' ? resolvePackage({ name, path, entry }, findings) : undefined
  const aws = provider === 'bedrock' ? resolveAws({ name, path, entry }, apiKey !== undefined, findings) : undefined
  const whole = (
    key: 'maxTools' | 'maxOutputTokens' | 'weight' | 'retries' | 'firstEventTimeoutMs',
    least: number,
    most: number,
  ) => {
    if (entry[key] === undefined) return undefined
    const number = toWholeNumber(entry[key], least, most)
    if (number === undefined) findings.problem([...path, key], `must be a whole number from ${least} to ${most}.`)
    return number === undefined ? undefined : { [key]: number }
  }
  return {
    name,
    provider: provider ?? 'openai',
    model,
    ...(baseUrl !== undefined && { baseUrl: baseUrl.replace(/\/+$/, '') }),
    ...(apiKey && { apiKey }),
    headers,
    ...(aws && { aws }),
    ...bridge,
    ...(price && { price: toPrice(price) }),
    ...whole('maxTools', 1, 10_000),
    ...whole('maxOutputTokens', 1, 10_000_000),
    ...whole('weight', 1, 1_000),
    ...whole('retries', 0, 10),
    ...whole('firstEventTimeoutMs', 1, 3_600_000),
    ...(fallbacks !== undefined && fallbacks.length > 0 && { fallbacks }),
  }
}

/** A name of npm's, with a path inside the package where there is one; never a path or an address of its own. */
const packageName = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*(\/[\w~-][\w.~-]*)*$/

function resolvePackage(
  { path, entry }: NamedEntry<ModelEntry>,
  findings: Findings,
): Pick<ModelConfig, 'package' | 'factory' | 'settings'> {
  const { package: name, factory, settings } = entry
  if (name === undefined || !packageName.test(name)) {
    findings.problem([...path, 'package'], 'must be an npm package of the AI SDK, such as @ai-sdk/cohere.')
  }
  return { ...(name && { package: name }), ...(factory && { factory }), ...(settings && { settings }) }
}

/** Where Bedrock is, and who asks: an API key, or an access key that signs. */
function resolveAws(
  { path, entry }: NamedEntry<ModelEntry>,
  hasApiKey: boolean,
  findings: Findings,
): AwsAccess | undefined {
  const region = pickOne(entry, ['region', 'aws_region_name'], path, findings)
  const accessKeyId = pickOne(entry, ['accessKeyId', 'aws_access_key_id'], path, findings)
  const secretAccessKey = pickOne(entry, ['secretAccessKey', 'aws_secret_access_key'], path, findings)
  const sessionToken = pickOne(entry, ['sessionToken', 'aws_session_token'], path, findings)
  if (region === undefined || !/^[a-z0-9-]{1,40}$/.test(region)) {
    findings.problem([...path, 'region'], 'must be a region of AWS, such as eu-central-1.')
    return undefined
  }
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    findings.problem(path, 'needs "accessKeyId" and "secretAccessKey" together.')
  }
  if (!hasApiKey && accessKeyId === undefined) findings.warning(path, 'has neither "apiKey" nor "accessKeyId".')
  return {
    region,
    ...(accessKeyId && { accessKeyId }),
    ...(secretAccessKey && { secretAccessKey }),
    ...(sessionToken && { sessionToken }),
  }
}
