import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The version that a document names: `"openapi": "3.1.0"`, `swagger: 2.0`. Anywhere in it: keys have no order. */
const version = /(^|[\s{,"'])(openapi|swagger)["']?\s*:\s*["']?[23]/

const ending = /\.(json|ya?ml)$/i

/**
 * Finds OpenAPI documents: each path is one, or a folder that is searched whole, but for `node_modules` inside it.
 *
 * @returns paths, sorted within each folder
 * @throws when a path does not exist
 */
export function findDocuments(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap(path => (statSync(path).isDirectory() ? search(path) : [path])))]
}

function search(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : search(path)
      return entry.isFile() && ending.test(entry.name) && isDocument(path) ? [path] : []
    })
}

function isDocument(path: string): boolean {
  const bytes = readFileSync(path)
  // Every second byte of UTF-16 is zero for the characters that matter here.
  return version.test(bytes.toString('latin1').replaceAll('\0', ''))
}
