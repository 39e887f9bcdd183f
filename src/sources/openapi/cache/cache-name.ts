import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Limits } from '../../../core/limits.ts'
import type { ExtractConfig } from '../document-extract.ts'

/** All that decides what an extract holds, besides who makes it. No part of it is a secret. */
export type ExtractKey = Readonly<{
  /** The SHA-256 of the document's bytes, in hex, and how many there are. */
  digest: string
  size: number
  config: ExtractConfig
  limits: Limits
}>

/**
 * The name of the file that keeps an extract. It begins as all of one reader and one size do: whether a document may be
 * there is known before its bytes are.
 *
 * @param reader - see {@link identifyReader}
 */
export function nameExtract(reader: string, { digest, size, config, limits }: ExtractKey): string {
  const { maxDocumentBytes, maxDocumentDepth, maxToolsPerSource } = limits
  const { maxToolBytes, maxOutputSchemaBytes, maxDescriptionLength } = limits
  const ofDocument = [maxDocumentBytes, maxDocumentDepth]
  const ofTools = [maxToolsPerSource, maxToolBytes, maxOutputSchemaBytes, maxDescriptionLength]
  const all = JSON.stringify([digest, size, config, ofDocument, ofTools])
  return `${beginName(reader, size)}${createHash('sha256').update(all).digest('hex')}`
}

/** What the names of one reader's extracts of documents of one size begin with. */
export function beginName(reader: string, size: number): string {
  return `${reader}-${size}-`
}

/**
 * Identifies the program that makes extracts: by the code that does it, its version, and the engine under it. Another one
 * may make others of the same document.
 *
 * @param version - of this package, which pins those of the parsers
 * @returns undefined where we run from our TypeScript source, which changes under a contributor's hands
 */
export function identifyReader(version: string): string | undefined {
  identified ??= { reader: identify(version) }
  return identified.reader
}

/** The files are read once: they are those that run. */
let identified: Readonly<{ reader: string | undefined }> | undefined

function identify(version: string): string | undefined {
  const here = fileURLToPath(import.meta.url)
  if (extname(here) === '.ts') return undefined
  const { node, v8 } = process.versions
  const hash = createHash('sha256').update(JSON.stringify([version, node, v8, process.platform, process.arch]))
  // The code of the thread, in one file and those that it loads when it needs them.
  for (const file of readdirSync(dirname(here)).sort()) {
    if (/^read-thread\b.*\.js$/.test(file)) hash.update(file).update(readFileSync(join(dirname(here), file)))
  }
  return hash.digest('hex').slice(0, 16)
}
