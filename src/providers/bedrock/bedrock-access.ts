import type { AwsCredentials } from '../wire/sigv4.ts'
import { signRequest } from '../wire/sigv4.ts'

/** Where Bedrock is and who asks: an API key (`AWS_BEARER_TOKEN_BEDROCK`), which wins, or AWS credentials. */
export type BedrockAccess = Readonly<{ region: string; apiKey?: string; credentials?: AwsCredentials }>

/** The address of Bedrock Runtime in a region, where the configuration gives no other. */
export function bedrockUrl(region: string): string {
  return `https://bedrock-runtime.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

/**
 * The headers of one request to Bedrock, those given included.
 *
 * @param url - as it is sent; a signature holds for this path and this body only
 */
export async function authorizeBedrock(
  access: BedrockAccess,
  request: Readonly<{ url: URL; headers: Readonly<Record<string, string>>; body: string }>,
): Promise<Record<string, string>> {
  if (access.apiKey !== undefined) return { ...request.headers, authorization: `Bearer ${access.apiKey}` }
  if (access.credentials === undefined) return { ...request.headers }
  return signRequest({ method: 'POST', ...request }, access.credentials, { region: access.region, service: 'bedrock' })
}
