import { stat } from 'node:fs/promises'
import type { JsonObject } from '../../../core/json.ts'
import type { Limits } from '../../../core/limits.ts'
import { defaultLimits } from '../../../core/limits.ts'
import { parseDocument } from './parse-document.ts'
import { readFileBytes } from './read-file-bytes.ts'

/** A file that was parsed, and its bytes. */
export type ParsedFile = Readonly<{ document: JsonObject; bytes: Uint8Array }>

/** Gives what was read ahead, once; undefined when it is another file, was written since, or is under other limits. */
export type TakeAhead = (path: string, limits: ParseLimits) => Promise<ParsedFile | undefined>

type ParseLimits = Pick<Limits, 'maxDocumentBytes' | 'maxDocumentDepth'>

/**
 * Reads a document before anyone has asked for it, under the default limits. What goes wrong is told by whoever reads it
 * when it is asked for.
 */
export function readAhead(path: string): TakeAhead {
  let ahead: ReturnType<typeof read> | undefined = read(path)
  return async (wanted, { maxDocumentBytes, maxDocumentDepth }) => {
    const file = await ahead
    ahead = undefined
    const isUsual =
      maxDocumentBytes === defaultLimits.maxDocumentBytes && maxDocumentDepth === defaultLimits.maxDocumentDepth
    if (file === undefined || wanted !== path || !isUsual) return undefined
    return (await versionOf(path)) === file.version ? file.parsed : undefined
  }
}

async function read(path: string): Promise<{ version: string; parsed: ParsedFile } | undefined> {
  try {
    const version = await versionOf(path)
    const bytes = await readFileBytes(path, defaultLimits.maxDocumentBytes)
    const document = await parseDocument(bytes, path, defaultLimits.maxDocumentDepth)
    return { version, parsed: { document, bytes } }
  } catch {
    return undefined
  }
}

/** Changes whenever the file is written or replaced. */
async function versionOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}
