import type { ClientCredential } from '../../../core/credential.ts'
import type { OpenApiConfig } from '../../../core/source-config.ts'
import type { SecurityScheme } from './schemes.ts'
import { quoteName } from './schemes.ts'

/**
 * Whom a token is fetched for, and where. Plain data. `needs`: the scopes that an operation asks for, sorted, where the
 * configuration names none; clients of one scheme differ in nothing else.
 */
export type TokenClient = ClientCredential & Readonly<{ scheme: string; url: string; needs?: readonly string[] }>

/** The token URLs that the operator wrote, so that requests may go there. */
export function tokenUrlsOf({ credentials = {} }: Pick<OpenApiConfig, 'credentials'>): readonly string[] {
  return Object.values(credentials).flatMap(each => (each.kind === 'client' && each.tokenUrl ? [each.tokenUrl] : []))
}

/** Where a document came from and where its calls go: what its token URL is measured by. */
export type TokenUrlContext = Readonly<{
  /** Absent for a document of the operator's own: a file, or written into the configuration. */
  documentUrl?: string
  base: URL | undefined
  /** Tells whether the API's own credentials may go there. */
  allows: (url: URL) => boolean
}>

/**
 * Decides where the token of a client is fetched.
 *
 * What the operator wrote is used. What a document says must be https, and a document that was fetched may only name
 * its own origin, that of the base URL, or a host that the operator allows: a secret is sent there, and whoever can
 * change such a document must not get it.
 *
 * @returns a string instead says why there is none, and what to do
 */
export function findTokenClient(
  credential: ClientCredential,
  scheme: SecurityScheme,
  { documentUrl, base, allows }: TokenUrlContext,
): TokenClient | string {
  const remedy = `set "tokenUrl" in credentials[${quoteName(scheme.name)}]`
  const { name } = scheme
  if (credential.tokenUrl !== undefined) {
    const url = URL.parse(credential.tokenUrl)
    return url === null ? `its "tokenUrl" is not a URL: ${remedy}` : { ...credential, scheme: name, url: url.href }
  }
  const written = scheme.type === 'oauth2' ? scheme.tokenUrl : undefined
  if (written === undefined) return `the document names no token URL for it: ${remedy}`
  const url = URL.parse(written, base?.href)
  if (url === null || url.username !== '' || url.password !== '') return `its token URL cannot be used: ${remedy}`
  if (url.protocol !== 'https:') return `the document's token URL is not https: ${remedy}`
  if (documentUrl === undefined || URL.parse(documentUrl)?.origin === url.origin || allows(url)) {
    return { ...credential, scheme: name, url: url.href }
  }
  return `the document was fetched and names a token URL at another origin, ${url.origin}: ${remedy} if that is right`
}
