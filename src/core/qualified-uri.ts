/**
 * A URI that two sources have, made the one of a single source: `patchbay://<prefix>/<uri>`. `ui:` stays in front, since
 * hosts of MCP Apps look at it (SEP-1865): `ui://patchbay.<prefix>/<rest>`.
 *
 * @param uri - also a template (RFC 6570), whose expressions stay as they are
 */
export function qualifyUri(prefix: string, uri: string): string {
  const rest = afterUi(uri)
  return rest === undefined ? `patchbay://${prefix}/${uri}` : `ui://patchbay.${prefix}/${rest}`
}

/** Takes apart what {@link qualifyUri} made; undefined for any other URI. The prefix may be nobody's. */
export function splitQualified(uri: string): Readonly<{ prefix: string; uri: string }> | undefined {
  const [, ui, prefix = '', rest = ''] =
    /^(?:patchbay:\/\/|(ui:\/\/patchbay\.))([A-Za-z0-9_-]+)\/(.*)$/s.exec(uri) ?? []
  if (prefix === '') return undefined
  return { prefix, uri: ui === undefined ? rest : `ui://${rest}` }
}

function afterUi(uri: string): string | undefined {
  return uri.startsWith('ui://') ? uri.slice(5) : undefined
}
