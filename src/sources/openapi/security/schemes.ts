import { isHeaderName, isOfConnection } from '../../../core/header-name.ts'
import type { JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/json.ts'
import { cleanText } from '../document/clean-text.ts'
import { explainRef, follow, pointerSegment, resolveRef } from '../document/resolve-ref.ts'
import { isSwagger2 } from '../document/swagger2.ts'
import type { Warn } from '../document/warning.ts'

/**
 * One security scheme of a document in neutral form: `securityDefinitions` of 2.0 and `securitySchemes` of 3.x alike.
 *
 * - `apiKey`: `parameter` is the header, query parameter or cookie that carries the key
 * - `http`: `scheme` as the document spells it, `basic` and `bearer` in lower case
 * - `oauth2`: `tokenUrl` only where it is, or may be relative to, an http(s) URL
 */
export type SecurityScheme = Readonly<
  { name: string } & (
    | { type: 'apiKey'; in: 'header' | 'query' | 'cookie'; parameter: string }
    | { type: 'http'; scheme: string }
    | { type: 'oauth2'; tokenUrl?: string }
    | { type: 'openIdConnect' }
    | { type: 'mutualTLS' }
  )
>

/**
 * Reads every security scheme of a document, by name. One that cannot be used is left out.
 *
 * No URL of a scheme is ever fetched or shown here; one that is not http(s) is dropped.
 *
 * @param warn - is told of each scheme and URL left out
 */
export function readSchemes(document: JsonObject, warn: Warn): ReadonlyMap<string, SecurityScheme> {
  const is2 = isSwagger2(document)
  const raw = is2 ? document.securityDefinitions : follow(document, document.components)?.securitySchemes
  const pointer = is2 ? '#/securityDefinitions' : '#/components/securitySchemes'
  const schemes = new Map<string, SecurityScheme>()
  const all = resolveRef(document, raw)
  if (!all.ok) warn(`The security schemes cannot be read: ${explainRef(all)}`, 'SCHEME_INVALID', pointer)
  const listed = Object.entries(all.ok && isObject(all.value) ? all.value : {})
  if (listed.length > maxSchemes) {
    warn(`Of ${listed.length} security schemes the first ${maxSchemes} are read.`, 'SCHEME_INVALID', pointer)
  }
  for (const [name, value] of listed.slice(0, maxSchemes)) {
    const resolved = resolveRef(document, value)
    const told = (problem: string) =>
      warn(
        `Security scheme ${quoteName(name)} ${problem}`,
        'SCHEME_INVALID',
        `${pointer}/${pointerSegment(cleanText(name, 200))}`,
      )
    if (!resolved.ok) told(`is left out: ${explainRef(resolved)}`)
    else if (!isObject(resolved.value)) told('is left out: it is not an object.')
    else {
      const read = readScheme(name, resolved.value, told)
      if (typeof read === 'string') told(`is left out: ${read}.`)
      else schemes.set(name, read)
    }
  }
  return schemes
}

/** Real documents have up to ten. */
const maxSchemes = 200

/** A scheme's name as people may read it: quoted, short, nothing invisible. */
export function quoteName(name: string): string {
  return JSON.stringify(cleanText(name, 80))
}

/** The header that a scheme is sent in, in lower case; undefined where it is none. */
export function headerOf(scheme: SecurityScheme): string | undefined {
  if (scheme.type === 'mutualTLS') return undefined
  if (scheme.type !== 'apiKey') return 'authorization'
  return scheme.in === 'header' ? scheme.parameter.toLowerCase() : undefined
}

function readScheme(name: string, raw: JsonObject, warn: (problem: string) => void): SecurityScheme | string {
  switch (raw.type) {
    case 'apiKey':
      return readApiKey(name, raw)
    // Of 2.0, and a slip of many 3.x documents.
    case 'basic':
      return { name, type: 'http', scheme: 'basic' }
    case 'http': {
      const { scheme } = raw
      if (typeof scheme !== 'string' || !isHeaderName(scheme)) return 'its "scheme" is not the name of one'
      return { name, type: 'http', scheme: /^(basic|bearer)$/i.test(scheme) ? scheme.toLowerCase() : scheme }
    }
    case 'oauth2': {
      const tokenUrl = readTokenUrl(raw, warn)
      return { name, type: 'oauth2', ...(tokenUrl !== undefined && { tokenUrl }) }
    }
    case 'openIdConnect':
      webUrl(raw, 'openIdConnectUrl', warn)
      return { name, type: 'openIdConnect' }
    case 'mutualTLS':
      return { name, type: 'mutualTLS' }
    default:
      return 'it has no type that we know'
  }
}

function readApiKey(name: string, raw: JsonObject): SecurityScheme | string {
  const { in: place, name: parameter } = raw
  if (typeof parameter !== 'string' || parameter === '') return 'it does not name its parameter'
  if (place !== 'header' && place !== 'query' && place !== 'cookie') return 'its "in" is not header, query or cookie'
  if (place !== 'query' && !isHeaderName(parameter)) return `its name is not legal for a ${place}`
  if (place === 'header' && (isOfConnection(parameter) || /^(host|content-type)$/i.test(parameter)))
    return 'its header is not one for a key'
  return { name, type: 'apiKey', in: place, parameter }
}

/** The token URL of the flow for clients, else of any other: servers that have one use it for all. */
function readTokenUrl(raw: JsonObject, warn: (problem: string) => void): string | undefined {
  // In 2.0 a scheme has one flow, and is that flow itself; clients have `application`.
  const flows = isObject(raw.flows) ? raw.flows : { [String(raw.flow)]: raw }
  const urls = Object.entries(flows).flatMap(([flow, each]) => {
    if (!isObject(each)) return []
    const [tokenUrl] = ['tokenUrl', 'authorizationUrl', 'refreshUrl'].map(key => webUrl(each, key, warn))
    return tokenUrl === undefined ? [] : [{ flow, tokenUrl }]
  })
  const forClients = urls.find(({ flow }) => flow === 'clientCredentials' || flow === 'application')
  return (forClients ?? urls[0])?.tokenUrl
}

/** A URL that is http(s), or relative. */
function webUrl(raw: JsonObject, key: string, warn: (problem: string) => void): string | undefined {
  const text = raw[key]
  if (typeof text !== 'string' || text === '') return undefined
  if (/^https?:$/.test(URL.parse(text, 'https://relative.invalid')?.protocol ?? '')) return text
  warn(`has a "${key}" that is not http or https; it is dropped.`)
  return undefined
}
