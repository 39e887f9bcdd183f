import type { Limits } from '../../core/limits.ts'
import type { DocumentExtract, ExtractConfig } from './document-extract.ts'
import { extractDocument } from './extract-document.ts'
import type { LoadedDocument } from './load/load-document.ts'

/**
 * How a loaded document is read. `lint`: also checked against the schema of its version; `endsAt`: when all of it must be
 * done, in milliseconds since 1970.
 */
export type LoadedOptions = Readonly<{
  limits: Limits
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
  config: ExtractConfig,
  { limits, lint = false, endsAt, signal }: LoadedOptions,
): Promise<DocumentExtract> {
  const extract = extractDocument(loaded, config, limits)
  if (!lint) return extract
  const { lintDocument } = await import('./lint/lint-document.ts')
  const left = endsAt === undefined ? limits.documentTimeoutMs : endsAt - Date.now()
  const findings = await lintDocument(loaded.document, {
    timeoutMs: Math.max(1, Math.floor(left / 2)),
    maxMemoryMb: limits.maxDocumentMemoryMb,
    ...(signal && { signal }),
  })
  return { ...extract, findings }
}
