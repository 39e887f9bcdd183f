import { createHash, randomUUID } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { isOnlyOurs } from './own-folder.ts'

/** What every file begins with; the version of this format is part of it. */
const magic = Buffer.from('patchbay extract 1\n')
/** How much longer a file is than what it keeps. */
export const headerBytes = 64
const lengthAt = 24
const sumAt = 32

/**
 * Reads what {@link writeBytes} wrote, all of it or nothing.
 *
 * @returns undefined where there is no file; 'broken' for one that is cut off, damaged, foreign, or that another user may
 *   have written
 */
export function readBytes(path: string, maxBytes: number): Uint8Array | 'broken' | undefined {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'broken'
  }
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() || !isOnlyOurs(stat) || stat.size < headerBytes || stat.size > maxBytes) return 'broken'
    const all = Buffer.allocUnsafeSlow(stat.size)
    if (readSync(file, all) !== stat.size) return 'broken'
    const bytes = all.subarray(headerBytes)
    return all.subarray(0, headerBytes).equals(headerOf(bytes)) ? bytes : 'broken'
  } catch {
    return 'broken'
  } finally {
    closeSync(file)
  }
}

/** Writes a file for this user alone, which is there whole or not at all. */
export async function writeBytes(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writev([headerOf(bytes), bytes])
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** Tells a file that is complete from one that a full disk or a crash has cut off, not from one that somebody forged. */
function headerOf(bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes)
  magic.copy(header)
  header.writeBigUInt64LE(BigInt(bytes.length), lengthAt)
  createHash('sha256').update(bytes).digest().copy(header, sumAt)
  return header
}
