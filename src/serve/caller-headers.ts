import type { Caller } from '../core/caller.ts'
import { localCaller } from '../core/caller.ts'
import { credentialHeaders, credentialsIn } from '../core/credential-headers.ts'
import { isHeaderName, isHeaderValue, isNeverPassedOn, isOfConnection } from '../core/header-name.ts'

/** The headers of a request as Node gives them: names in lower case. */
export type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * The caller's headers as a source may see them: without those of the connection and of MCP, without cookies, and
 * without our own key, in whichever header it came. Where no key is configured nothing is a key.
 *
 * Not cheap, and most calls need none: make it when it is read.
 *
 * @param own - what the body of the request says of headers; it wins, and is held to the same rules
 * @param authorization - what the body says is for the source, not for us; it wins over both
 */
export function callerHeaders(
  raw: RawHeaders,
  caller: Caller,
  own: RawHeaders = {},
  authorization?: string,
): Readonly<Record<string, string>> {
  const keys = [...keysIn(raw, caller), ...keysIn(own, caller)]
  const named = new Set(
    [raw.connection ?? []].flat().flatMap(text =>
      text
        .toLowerCase()
        .split(',')
        .map(name => name.trim()),
    ),
  )
  const passable: Record<string, string> = {}
  for (const [name, value] of Object.entries({ ...raw, ...own })) {
    if (value === undefined || isOfConnection(name) || isOurs.test(name) || named.has(name)) continue
    const text = typeof value === 'string' ? value : value.join(', ')
    if (caller !== localCaller && carriesKey(name, text)) continue
    // What a body says was never on a wire, which would have refused such characters.
    if (!isHeaderName(name) || !isHeaderValue(text)) continue
    if (!keys.some(key => text.includes(key))) passable[name] = text
  }
  if (authorization !== undefined && !keysIn(raw, caller).some(key => authorization.includes(key))) {
    if (isHeaderValue(authorization)) passable.authorization = authorization
  }
  return passable
}

/**
 * The headers that a body gives for a server elsewhere, names in lower case: all but those that are never passed on.
 *
 * @param own - what a request can carry; that is the reader's to check
 * @returns undefined where one of them holds our own key, which no other server may see
 */
export function headersElsewhere(
  raw: RawHeaders,
  caller: Caller,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> | undefined {
  const keys = keysIn(raw, caller)
  const passable = Object.entries(own).filter(([name]) => !isNeverPassedOn(name) && !isOurs.test(name))
  if (passable.some(([, text]) => keys.some(key => text.includes(key)))) return undefined
  return Object.fromEntries(passable)
}

/** Our keys in the headers of a caller; where none is configured nothing is one. */
function keysIn(headers: RawHeaders, caller: Caller): string[] {
  return caller === localCaller ? [] : credentialHeaders.flatMap(name => credentialsIn(name, headers[name]))
}

function carriesKey(name: string, text: string): boolean {
  return credentialHeaders.some(each => each === name) && credentialsIn(name, text).length > 0
}

/** Besides those of the connection: of the host, of proxies, of MCP, and of our own routing. */
const isOurs = /^(host|cookie|cookie2|proxy-.*|mcp-.*|x-mcp-servers|x-mcp-access-groups)$/
