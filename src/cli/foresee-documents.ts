import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultLimits } from '../core/limits.ts'
import { beginName, identifyReader } from '../sources/openapi/cache/cache-name.ts'
import { hasBeginning } from '../sources/openapi/cache/document-cache.ts'
import { maxInlineBytes, prepareThread } from '../sources/openapi/start-thread.ts'
import { documentCachePath } from '../store/store-path.ts'
import { version } from '../version.ts'

/**
 * Has a thread read the first large OpenAPI document of the configuration, before the rest of the program is loaded: the
 * two take about as long, and so the start does not wait for one after the other. One that was read by an earlier process,
 * and is kept in the cache, needs no thread.
 *
 * A guess by the text of the arguments and of the file, which nobody has checked yet. A wrong one costs a thread for a
 * while.
 *
 * @param args - of the command line, the command first
 */
export function foreseeDocuments(args: readonly string[], env: NodeJS.ProcessEnv): void {
  if (args[0] !== 'serve' && args[0] !== 'stdio') return
  try {
    const options = { config: { type: 'string', short: 'c' } } as const
    const { config } = parseArgs({ args: args.slice(1), options, strict: false }).values
    const file = typeof config === 'string' ? config : (env.PATCHBAY_CONFIG ?? 'servers.json')
    const text = readFileSync(file, 'utf8')
    const paths = [...text.matchAll(/"(?:openapi|spec_path)"\s*:\s*"([^"\\]+)"/g)]
      .map(([, path]) => path ?? '')
      .filter(path => !/^[a-z]+:|\$\{/i.test(path))
      .map(path => resolve(dirname(file), path))
    const mayBeKept = findKept(text, env)
    const large = paths.find(path => {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      return size > maxInlineBytes && !mayBeKept(size)
    })
    if (large !== undefined) prepareThread(large, defaultLimits.maxDocumentMemoryMb)
  } catch {
    // Whoever loads the configuration says what is wrong with it.
  }
}

/** Tells of the size of a document whether one like it may be in the cache; where the file turns that off, none is. */
function findKept(text: string, env: NodeJS.ProcessEnv): (size: number) => boolean {
  if (/"maxDocumentCacheBytes"\s*:\s*"?0\b|":memory:"/.test(text)) return () => false
  const reader = identifyReader(version)
  const folder = documentCachePath(env)
  return size => hasBeginning(folder, beginName(reader, size))
}
