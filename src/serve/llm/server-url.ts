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

/**
 * Reads a `server_url` of ours: `patchbay`, `patchbay/mcp/<x>`, LiteLLM's `litellm_proxy[/mcp/<x>]`, or our own URL with
 * the path `/mcp`, `/mcp/<x>` or `/<x>/mcp`.
 *
 * @returns the source or group it names; undefined for all of them
 * @throws GatewayError `REQUEST_INVALID` for any other, since the gateway connects to configured servers only
 */
export function readServerUrl(serverUrl: string, isOwn: (url: URL) => boolean): string | undefined {
  const alias = /^(?:patchbay|litellm_proxy)(?:\/mcp)?(?:\/([^/]+))?\/?$/.exec(serverUrl)
  if (alias !== null) return decode(alias[1])
  const url = URL.canParse(serverUrl) ? new URL(serverUrl) : undefined
  const path = url !== undefined && /^https?:$/.test(url.protocol) && isOwn(url) ? url.pathname : undefined
  const named = path === undefined ? null : /^\/(?:mcp(?:\/([^/]+))?|([^/]+)\/mcp)\/?$/.exec(path)
  if (named !== null) return decode(named[1] ?? named[2])
  throw new GatewayError(
    'REQUEST_INVALID',
    `server_url "${serverUrl.slice(0, 80)}" is not of this gateway. Use "patchbay/mcp/<server>", or add the server to servers.json.`,
    { data: { param: 'tools' } },
  )
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text)
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
