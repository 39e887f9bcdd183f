import type { AllowedHost } from '../../../core/allowed-host.ts'
import type { OpenApiConfig, TlsConfig } from '../../../core/source-config.ts'
import { bareHost, isUrl } from '../../../core/url.ts'
import type { EgressRules } from '../../../egress/gate.ts'

/**
 * The rules of one entry of the configuration file: its `allowHosts`, and the hosts of the URLs that it holds itself.
 *
 * @param urls - what else the operator wrote, such as the URL of the document or of a token endpoint; never one that a
 *   document names. A path is passed over.
 */
export function rulesOf(
  { baseUrl, allowHosts = [] }: Pick<OpenApiConfig, 'baseUrl' | 'allowHosts'>,
  urls: readonly (string | undefined)[],
): EgressRules {
  return { allowHosts: [...allowHosts, ...[baseUrl, ...urls].flatMap(hostsOf)] }
}

/** How an entry's document and API are reached: its rules, its document's host among them, and its certificates. */
export function egressOf(config: OpenApiConfig): EgressRules & Readonly<{ tls?: TlsConfig }> {
  const { document, tls } = config
  return { ...rulesOf(config, ['at' in document ? document.at : undefined]), ...(tls && { tls }) }
}

/** The host of a URL at its port. Without a port both usual ones are meant, so that http may become https. */
function hostsOf(text = ''): readonly AllowedHost[] {
  const url = isUrl(text) ? URL.parse(text) : null
  if (url === null) return []
  const host = bareHost(url.hostname)
  const ports = url.port === '' ? [80, 443] : [Number(url.port)]
  return ports.map(port => ({ kind: 'host', host, port }))
}
