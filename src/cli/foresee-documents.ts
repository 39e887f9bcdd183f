import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { maxInlineBytes, prepareThread } from '../sources/openapi/read-in-thread.ts'

/**
 * Starts the thread that a large OpenAPI document will be read in, before the rest of the program is loaded: the two
 * take about as long, and so the start does not wait for one after the other.
 *
 * A guess by the text of the configuration, which nobody has checked yet. Wrong guesses cost a thread for a while.
 */
export function foreseeDocuments(config: string): void {
  try {
    const text = readFileSync(config, 'utf8')
    const paths = [...text.matchAll(/"(?:openapi|spec_path)"\s*:\s*"([^"\\]+)"/g)].map(([, path]) => path ?? '')
    const isLarge = (path: string): boolean => (statSync(resolve(dirname(config), path)).size ?? 0) > maxInlineBytes
    if (paths.some(path => !/^[a-z]+:|\$\{/i.test(path) && isLarge(path))) prepareThread()
  } catch {
    // Whoever loads the configuration says what is wrong with it.
  }
}
