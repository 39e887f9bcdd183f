/**
 * A host that the operator allows requests to, one item of `allowHosts`, parsed. `config` makes these, `sources/*` hold
 * to them.
 *
 * - `host`: exactly this one, as {@link URL} spells it but without brackets and without a dot at the end
 * - `domain`: every name below `suffix`, which begins with a dot
 * - `network`: every address of it, also where a name resolves to one
 *
 * Without `port` every port is meant.
 */
export type AllowedHost =
  | Readonly<{ kind: 'host'; host: string; port?: number }>
  | Readonly<{ kind: 'domain'; suffix: string; port?: number }>
  | Readonly<{ kind: 'network'; address: string; bits: number }>
