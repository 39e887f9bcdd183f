import type { Limits } from '../../core/limits.ts'
import type { LoadedDocument } from './load/load-document.ts'
import type { DocumentConfig, ReadDocument } from './read-document.ts'
import { readDocument } from './read-document.ts'

/**
 * How a loaded document is read. `home`: the base URL that it named first, which its trust is held to; `lint`: also
 * checked against the schema of its version; `endsAt`: when all of it must be done, in milliseconds since 1970.
 */
export type LoadedOptions = Readonly<{
  limits: Limits
  home?: string
  lint?: boolean
  endsAt?: number
  signal?: AbortSignal
}>

/**
 * Reads a loaded document, and checks it against the schema of its version where that is asked for: what is found are
 * warnings, since real documents break the rules in ways that harm nobody. The check has half of the time that is left,
 * so that one that is slow costs a warning and not the document.
 */
export async function readLoaded(
  loaded: LoadedDocument,
  config: DocumentConfig,
  { limits, home, lint = false, endsAt, signal }: LoadedOptions,
): Promise<ReadDocument> {
  const read = readDocument(loaded, config, limits, home)
  if (!lint) return read
  const { lintDocument } = await import('./lint/lint-document.ts')
  const left = endsAt === undefined ? limits.documentTimeoutMs : endsAt - Date.now()
  const findings = await lintDocument(loaded.document, {
    timeoutMs: Math.max(1, Math.floor(left / 2)),
    maxMemoryMb: limits.maxDocumentMemoryMb,
    ...(signal && { signal }),
  })
  return { ...read, warnings: [...read.warnings, ...findings.map(finding => `Lint: ${finding}`)] }
}
