import type { Limits } from '../../core/limits.ts'
import type { LoadedDocument } from './load/load-document.ts'
import type { DocumentConfig, ReadDocument } from './read-document.ts'
import { readDocument } from './read-document.ts'

/**
 * Reads a loaded document, and checks it against the schema of its version where that is asked for: what is found are
 * warnings, since real documents break the rules in ways that harm nobody.
 */
export async function readLoaded(
  loaded: LoadedDocument,
  config: DocumentConfig,
  { limits, lint = false }: Readonly<{ limits: Limits; lint?: boolean }>,
): Promise<ReadDocument> {
  const read = readDocument(loaded, config, limits)
  if (!lint) return read
  const { lintDocument } = await import('./lint/lint-document.ts')
  const findings = await lintDocument(loaded.document, {
    timeoutMs: limits.documentTimeoutMs,
    maxMemoryMb: limits.maxDocumentMemoryMb,
  })
  return { ...read, warnings: [...read.warnings, ...findings.map(finding => `Lint: ${finding}`)] }
}
