import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
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
 */
export function identifyReader(version: string): string {
  identified ??= identify(version)
  return identified
}

/** The files are looked at once: they are those that run. */
let identified: string | undefined

function identify(version: string): string {
  const { node, v8 } = process.versions
  const hash = createHash('sha256').update(JSON.stringify([version, node, v8, process.platform, process.arch]))
  const here = fileURLToPath(import.meta.url)
  for (const line of extname(here) === '.ts' ? identifySource(here) : identifyBuild(dirname(here))) hash.update(line)
  return hash.digest('hex').slice(0, 16)
}

/** The code of the thread, in one file and those that it loads when it needs them. */
function identifyBuild(folder: string): readonly (string | Buffer)[] {
  const files = readdirSync(folder).filter(file => /^read-thread\b.*\.js$/.test(file))
  return files.sort().flatMap(file => [file, readFileSync(join(folder, file))])
}

/**
 * Run from source, the thread loads many small files, which change under a contributor's hands. No write leaves the
 * version of a file as it was, so none of them is read. What is installed beside them is told by the lock file.
 */
function identifySource(here: string): readonly string[] {
  const src = dirname(dirname(dirname(dirname(here))))
  const root = dirname(src)
  const ours = ['core', 'sources/openapi'].flatMap(room =>
    readdirSync(join(src, room), { recursive: true, encoding: 'utf8' }).map(file => join(src, room, file)),
  )
  const installed = ['package-lock.json', 'node_modules/.package-lock.json'].map(file => join(root, file))
  return [...ours.sort(), ...installed].map(file => `${file} ${versionOf(file)}\n`)
}

/** Another one whenever the file is written or replaced; the time of its inode is not for anyone to set. */
function versionOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? '' : [stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ')
}
