/**
 * True for what may name a header: a token (RFC 9110, section 5.6.2). Names of cookies and authentication schemes follow
 * the same rule.
 */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)
}

/** True for what a header may carry (RFC 9110, section 5.5). */
export function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}

/**
 * True for a header that the connection writes itself: neither a configuration, nor a document, nor a caller sets it
 * (RFC 9110, sections 7.6.1, 8.6 and 10.1.1). Every other list of such headers adds to this one.
 */
export function isOfConnection(name: string): boolean {
  return /^(connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/i.test(name)
}

/**
 * True for a header of a caller that never reaches an upstream, whatever a configuration says: of the connection, of the
 * body, of proxies, of MCP, cookies, and the host.
 */
export function isNeverPassedOn(name: string): boolean {
  return isOfConnection(name) || /^(host|cookie2?|content-.*|accept-encoding|proxy-.*|mcp-.*)$/i.test(name)
}
