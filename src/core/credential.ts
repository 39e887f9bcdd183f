/**
 * What an entry of the configuration gives for one security scheme of its document. `config` makes these,
 * `sources/openapi` uses them; nobody prints them.
 *
 * - `value`: the key or token itself; for basic, `user:password`
 * - `login`: a user and a password, for basic
 * - `client`: a token is fetched for the client (RFC 6749, 4.4)
 * - `header`: the value comes with each call, in this header of the caller's request
 */
export type Credential = Readonly<
  | { kind: 'value'; value: string }
  | { kind: 'login'; username: string; password: string }
  | ({ kind: 'client' } & ClientCredential)
  | { kind: 'header'; name: string }
>

/** A client of an OAuth server. */
export type ClientCredential = Readonly<{
  clientId: string
  clientSecret: string
  /** https, or http on loopback. Absent: the one that the document names. */
  tokenUrl?: string
  scopes?: readonly string[]
  audience?: string
  /** How the client says who it is: HTTP Basic, or in the body of its request. */
  auth: 'basic' | 'body'
}>
