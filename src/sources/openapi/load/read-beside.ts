import { constants } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GatewayError } from '../../../core/errors.ts'
import type { ReadFile } from './join-files.ts'
import { readFileBytes } from './read-file-bytes.ts'

/**
 * Makes the reader of files that lie in the directory of a document on disk, or below it. A link counts as what it leads
 * to: one that leaves the directory is refused.
 *
 * @param path - of the document, absolute
 */
export async function readBeside(path: string): Promise<ReadFile> {
  const directory = await realpath(dirname(path))
  const prefix = directory.endsWith(sep) ? directory : directory + sep
  return async (url, maxBytes) => {
    const target = await realpath(fileURLToPath(url)).catch((cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'ENOENT' ? 'The file does not exist' : `The file cannot be opened (${cause.code ?? 'unknown'})`
      throw new GatewayError('DOCUMENT_UNREACHABLE', `${why}.`, { cause })
    })
    if (!target.startsWith(prefix)) {
      throw new GatewayError('FORBIDDEN', "The file is a link that leaves the document's directory.")
    }
    // A link that takes the file's own place after the check is refused. One that takes the place of a directory above it
    // is not: whoever can do that owns the directory of the document.
    return await readFileBytes(target, maxBytes, constants.O_NOFOLLOW ?? 0)
  }
}
