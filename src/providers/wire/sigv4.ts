/** What AWS signs with; `sessionToken` belongs to temporary keys. */
export type AwsCredentials = Readonly<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>

/** A request as it is signed. It must be sent with this very path, and with this very body. */
export type SignableRequest = Readonly<{
  method: string
  url: URL
  headers: Readonly<Record<string, string>>
  body: string
}>

/**
 * Signs a request by AWS Signature Version 4.
 *
 * @param scope - the region and service that the signature is for; `datetime` as `20260102T030405Z`, now where absent
 * @returns the headers to send, those given included; `host` is not among them, it is the URL's
 */
export async function signRequest(
  request: SignableRequest,
  credentials: AwsCredentials,
  scope: Readonly<{ region: string; service: string; datetime?: string }>,
): Promise<Record<string, string>> {
  // Loaded at the first use: most gateways never talk to AWS.
  const { AwsV4Signer } = await import('aws4fetch')
  const { method, url, headers, body } = request
  const signer = new AwsV4Signer({ method, url: url.href, headers: { ...headers }, body, ...credentials, ...scope })
  const signed = await signer.sign()
  const { host: _, ...rest } = Object.fromEntries(signed.headers)
  return rest
}
