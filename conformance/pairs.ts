import type { KnownFailures } from './known-failures.ts'
import { ofCrossedTo2025, ofModernClients } from './known-failures.ts'

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
  /** Any other scenario that fails, fails the run. */
  known: KnownFailures
}>

/** In the order of the table. */
export const pairs: readonly Pair[] = [
  { name: 'fixture itself, old', revision: '2025-11-25', sdk: 'old', known: {} },
  { name: 'fixture itself, modern', revision: '2026-07-28', sdk: 'new', known: {} },
  through('old client, old server over HTTP', '2025-11-25', 'http', 'legacy'),
  through('old client, old server over stdio', '2025-11-25', 'stdio', 'legacy'),
  through('modern client, modern server over HTTP', '2026-07-28', 'http', 'modern', ofModernClients),
  through('modern client, modern server over stdio', '2026-07-28', 'stdio', 'modern', ofModernClients),
  through('old client, modern server over HTTP', '2025-11-25', 'http', 'modern'),
  through('modern client, old server over HTTP', '2026-07-28', 'http', 'legacy', ofCrossedTo2025),
]

function through(
  name: string,
  revision: Revision,
  transport: 'http' | 'stdio',
  protocol: 'legacy' | 'modern',
  known: KnownFailures = {},
): Pair {
  return { name, revision, sdk: protocol === 'legacy' ? 'old' : 'new', upstream: { transport, protocol }, known }
}

/** A scenario in which Patchbay is the client of the suite's own server. */
export type ClientScenario = Readonly<{ name: string; revision: Revision; isScored: boolean }>

/** All of the two sets that need no OAuth, and one that was added later. */
export const clientScenarios: readonly ClientScenario[] = [
  ...['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry'].map(name => ({
    name,
    revision: '2025-11-25' as const,
    isScored: true,
  })),
  { name: 'json-schema-2020-12-preservation', revision: '2025-11-25', isScored: false },
  ...[
    'tools_call',
    'request-metadata',
    'sep-2322-client-request-state',
    'http-standard-headers',
    'http-custom-headers',
    'http-invalid-tool-headers',
    'json-schema-ref-no-deref',
  ].map(name => ({ name, revision: '2026-07-28' as const, isScored: true })),
  { name: 'json-schema-2020-12-preservation', revision: '2026-07-28', isScored: false },
]
