import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../../core/errors.ts'

/** Tells whether a URL is this gateway's own. */
export type IsOwnUrl = (url: URL, request: IncomingMessage) => boolean

/** Makes the usual {@link IsOwnUrl}: the host is that of `publicUrl`, or the one the request itself was sent to. */
export function ownUrls(publicUrl?: string): IsOwnUrl {
  const publicHost = publicUrl === undefined ? undefined : hostOf(new URL(publicUrl).host)
  return (url, request) => {
    const host = hostOf(url.host)
    return host === publicHost || host === hostOf(request.headers.host ?? '')
  }
}

/** What a `server_url` leads to: a source or group of ours (`name`; absent for all of them), or a server elsewhere. */
export type ServerTarget = Readonly<{ kind: 'ours'; name?: string } | { kind: 'elsewhere'; url: URL }>

/**
 * Reads a `server_url`. Ours are `patchbay`, `patchbay/mcp/<x>`, LiteLLM's `litellm_proxy[/mcp/<x>]`, and our own URL with
 * the path `/mcp`, `/mcp/<x>` or `/<x>/mcp`; any other http or https URL is that of a server elsewhere.
 *
 * @throws GatewayError `REQUEST_INVALID` for what is neither, other paths of our own among them
 */
export function readServerUrl(serverUrl: string, isOwn: (url: URL) => boolean): ServerTarget {
  const alias = /^(?:patchbay|litellm_proxy)(?:\/mcp)?(?:\/([^/]+))?\/?$/.exec(serverUrl)
  if (alias !== null) return ours(alias[1])
  const url = URL.parse(serverUrl)
  if (url !== null && /^https?:$/.test(url.protocol)) {
    if (!isOwn(url)) return { kind: 'elsewhere', url }
    const named = /^\/(?:mcp(?:\/([^/]+))?|([^/]+)\/mcp)\/?$/.exec(url.pathname)
    if (named !== null) return ours(named[1] ?? named[2])
  }
  const shown = url === null || url.origin === 'null' ? serverUrl.slice(0, 80) : url.origin
  throw new GatewayError(
    'REQUEST_INVALID',
    `server_url "${shown}" is no MCP endpoint of this gateway. Use "patchbay/mcp/<server>", or "patchbay" for all.`,
    { data: { param: 'tools' } },
  )
}

function ours(segment: string | undefined): ServerTarget {
  return { kind: 'ours', ...(segment !== undefined && { name: decode(segment) }) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Loopback has several names; a default port may be written or not. */
function hostOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:(80|443)$/, '')
    .replace(/^(127\.0\.0\.1|\[::1\])(?=:|$)/, 'localhost')
}
