import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** The SHA-256 of bytes, in hex, and how many there are. */
export type Digest = Readonly<{ digest: string; size: number }>

/** So much is read at once: little enough to stay in the processor's cache between reading and hashing. */
const chunkBytes = 262_144

/** Hashes the bytes of a document. */
export function digestBytes(bytes: Uint8Array): Digest {
  return { digest: createHash('sha256').update(bytes).digest('hex'), size: bytes.length }
}

/**
 * Hashes a file without keeping it: at once, some 12 ms for 13 MB.
 *
 * @returns undefined where it cannot be read or has more than `maxBytes`, which whoever reads it then says
 */
export function digestFile(path: string, maxBytes: number): Digest | undefined {
  let file: number | undefined
  try {
    // As documents are opened: nobody writes to a pipe that may stand there.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    if (!fstatSync(file).isFile()) return undefined
    const chunk = Buffer.allocUnsafe(chunkBytes)
    const hash = createHash('sha256')
    let size = 0
    for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk)) {
      size += length
      if (size > maxBytes) return undefined
      hash.update(length === chunkBytes ? chunk : chunk.subarray(0, length))
    }
    return { digest: hash.digest('hex'), size }
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
