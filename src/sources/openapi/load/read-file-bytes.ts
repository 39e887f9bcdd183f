import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { GatewayError, messageOf } from '../../../core/errors.ts'
import { isObject } from '../../../core/json.ts'
import { documentTooLarge } from './document-error.ts'

/** Nobody writes to a pipe that stands where a document should: opening it would wait for that without end. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/**
 * Reads one file, of which a byte more than `maxBytes` is never read, whatever its size claims.
 *
 * @param moreFlags - of `open`, such as `O_NOFOLLOW`
 * @throws GatewayError `DOCUMENT_UNREACHABLE`, or `DOCUMENT_INVALID` when it is too large
 */
export async function readFileBytes(path: string, maxBytes: number, moreFlags = 0): Promise<Uint8Array> {
  const file = await open(path, flags | moreFlags).catch((cause: unknown) => {
    throw unreachable(path, whyClosed(cause), cause)
  })
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw unreachable(path, 'is not a file. Name the document itself')
    if (stat.size > maxBytes) throw documentTooLarge(`"${path}"`, maxBytes)
    const bytes = await readUpTo(file, stat.size, maxBytes + 1)
    if (bytes.length > maxBytes) throw documentTooLarge(`"${path}"`, maxBytes)
    return bytes
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause
    throw unreachable(path, 'cannot be read', cause)
  } finally {
    await file.close()
  }
}

/** A file may grow while it is read, and those of `/proc` say that they are empty. */
async function readUpTo(file: FileHandle, expected: number, maxBytes: number): Promise<Uint8Array> {
  let buffer = Buffer.allocUnsafe(Math.min(expected + 1, maxBytes))
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length)
    length += bytesRead
    if (bytesRead === 0 || length === maxBytes) return buffer.subarray(0, length)
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(Math.max(length * 2, 65_536), maxBytes))
  }
}

function whyClosed(cause: unknown): string {
  const code = isObject(cause) ? cause.code : undefined
  if (code === 'ENOENT') return 'does not exist. Put it there, or correct its path'
  if (code === 'EACCES' || code === 'EPERM')
    return `may not be read (${code}). Let the user read it that Patchbay runs as`
  return `cannot be opened: ${messageOf(cause)}`
}

function unreachable(path: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('DOCUMENT_UNREACHABLE', `The OpenAPI document "${path}" ${why}.`, {
    ...(cause !== undefined && { cause }),
  })
}
