/** A request as far as it is known before it carries a credential. */
export type Outgoing = Readonly<{ url: URL; headers: Readonly<Record<string, string>>; body: string }>

/** The headers that carry the credential of a request; a signer needs all of it, and may need time. */
export type Authorize = (
  outgoing: Outgoing,
) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>

/** A bearer token; nothing without a key. */
export function bearer(key: string | undefined): Authorize {
  return inHeader('authorization', key && `Bearer ${key}`)
}

/** A key in a header of its own, such as `x-api-key`; nothing without a key. */
export function inHeader(name: string, key: string | undefined): Authorize {
  const headers = key ? { [name]: key } : {}
  return () => headers
}
