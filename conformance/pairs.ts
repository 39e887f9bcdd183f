/** A revision that the suite has a frozen set of requirements for. */
export type Revision = '2025-11-25' | '2026-07-28'

/** What the server scenarios are run against. */
export type Pair = Readonly<{
  name: string
  /** The set of scenarios, and so the era of their client. */
  revision: Revision
  /** The SDK that serves the fixture: SDK 1.x speaks the old era only. */
  sdk: 'old' | 'new'
  /** How Patchbay reaches it; absent where the suite meets the fixture itself. */
  upstream?: Readonly<{ transport: 'http' | 'stdio'; protocol: 'legacy' | 'modern' }>
  /** A failed scenario of the frozen set fails the run. */
  required: boolean
}>

/**
 * In the order of the table. Where client and server speak different eras, some scenarios ask for what cannot cross (a
 * server that was told one capability for all its clients, an error number of the other era), so none is required.
 */
export const pairs: readonly Pair[] = [
  { name: 'fixture itself, old', revision: '2025-11-25', sdk: 'old', required: true },
  { name: 'fixture itself, modern', revision: '2026-07-28', sdk: 'new', required: true },
  through('old client, old server over HTTP', '2025-11-25', 'http', 'legacy', true),
  through('old client, old server over stdio', '2025-11-25', 'stdio', 'legacy', true),
  through('modern client, modern server over HTTP', '2026-07-28', 'http', 'modern', true),
  through('modern client, modern server over stdio', '2026-07-28', 'stdio', 'modern', true),
  through('old client, modern server over HTTP', '2025-11-25', 'http', 'modern', false),
  through('modern client, old server over HTTP', '2026-07-28', 'http', 'legacy', false),
]

function through(
  name: string,
  revision: Revision,
  transport: 'http' | 'stdio',
  protocol: 'legacy' | 'modern',
  required: boolean,
): Pair {
  return { name, revision, sdk: protocol === 'legacy' ? 'old' : 'new', upstream: { transport, protocol }, required }
}

/** A scenario in which Patchbay is the client of the suite's own server. */
export type ClientScenario = Readonly<{ name: string; revision: Revision; required: boolean }>

/** All of the two sets that need no OAuth, and one that was added later. */
export const clientScenarios: readonly ClientScenario[] = [
  ...['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry'].map(name => ({
    name,
    revision: '2025-11-25' as const,
    required: true,
  })),
  { name: 'json-schema-2020-12-preservation', revision: '2025-11-25', required: false },
  ...[
    'tools_call',
    'request-metadata',
    'sep-2322-client-request-state',
    'http-standard-headers',
    'http-custom-headers',
    'http-invalid-tool-headers',
    'json-schema-ref-no-deref',
  ].map(name => ({ name, revision: '2026-07-28' as const, required: true })),
  { name: 'json-schema-2020-12-preservation', revision: '2026-07-28', required: false },
]
