import type { Caller } from '../core/caller.ts'
import { localCaller } from '../core/caller.ts'
import { isHeaderName, isHeaderValue, isOfConnection } from '../core/header-name.ts'

/** The headers of a request as Node gives them: names in lower case. */
export type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * The caller's headers as a source may see them: without those of the connection and of MCP, without cookies, and
 * without our own key, in whichever header it came. Where no key is configured nothing is a key.
 *
 * Not cheap, and most calls need none: make it when it is read.
 *
 * @param own - what the body of the request says of headers; it wins, and is held to the same rules
 */
export function callerHeaders(raw: RawHeaders, caller: Caller, own: RawHeaders = {}): Readonly<Record<string, string>> {
  const keys =
    caller === localCaller
      ? []
      : credentialHeaders.flatMap(name => [...credentialsIn(name, raw[name]), ...credentialsIn(name, own[name])])
  const named = new Set([raw.connection ?? []].flat().flatMap(text => text.toLowerCase().split(/\s*,\s*/)))
  const passable: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...raw, ...own })) {
    if (value === undefined || isOfConnection(name) || isOurs.test(name) || named.has(name)) continue
    const text = typeof value === 'string' ? value : value.join(', ')
    if (caller !== localCaller && carriesKey(name, text)) continue
    // What a body says was never on a wire, which would have refused such characters.
    if (!isHeaderName(name) || !isHeaderValue(text)) continue
    if (!keys.some(key => text.includes(key))) passable[name] = text
  }
  return passable
}

/** In step with the keyring, which takes a key from any of these. */
const credentialHeaders = ['authorization', 'x-api-key', 'x-litellm-api-key'] as const

function carriesKey(name: string, text: string): boolean {
  return credentialHeaders.some(each => each === name) && credentialsIn(name, text).length > 0
}

/** `Authorization` is a key of ours only as `Bearer`; a repeated header may hold several. */
function credentialsIn(name: string, value: string | readonly string[] | undefined): string[] {
  return [value ?? []]
    .flat()
    .flatMap(text => text.split(/,[ \t]+/))
    .flatMap(text => {
      const [, bearer, rest = ''] = /^\s*(bearer\s+)?(.*?)\s*$/is.exec(text) ?? []
      return rest === '' || (name === 'authorization' && bearer === undefined) ? [] : [rest]
    })
}

/** Besides those of the connection: of the host, of proxies, of MCP, and of our own routing. */
const isOurs = /^(host|cookie|cookie2|proxy-.*|mcp-.*|x-mcp-servers|x-mcp-access-groups)$/
