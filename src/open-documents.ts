import type { Config } from './config/config.ts'
import type { Log } from './observe/log.ts'
import { identifyReader } from './sources/openapi/cache/cache-name.ts'
import type { DocumentCache } from './sources/openapi/cache/document-cache.ts'
import { openDocumentCache } from './sources/openapi/cache/document-cache.ts'
import { makeFolder } from './store/make-folder.ts'
import { documentCachePath } from './store/store-path.ts'
import { version } from './version.ts'

/** Where documents that were read are kept. `readOnly`: for commands that only look. */
export type DocumentsOptions = Readonly<{
  env: Readonly<Record<string, string | undefined>>
  readOnly: boolean
  log: Log['write']
}>

/**
 * Opens the cache of documents for a configuration.
 *
 * @returns undefined where it is turned off: by its limit, or by a store that keeps nothing
 */
export function openDocuments(
  { limits, store }: Pick<Config, 'limits' | 'store'>,
  { env, readOnly, log }: DocumentsOptions,
): DocumentCache | undefined {
  const maxBytes = limits.maxDocumentCacheBytes
  if (maxBytes === 0 || store.path === ':memory:') return undefined
  const reader = identifyReader(version)
  const folder = documentCachePath(env)
  const debug = (message: string): void => log('debug', message)
  return openDocumentCache({ folder, reader, maxBytes, readOnly, makeFolder, log: debug })
}
