import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'
import { joinCrc32 } from './join-crc32.ts'

/** A body that was compressed once, to be put between others many times. */
export type PackedBody = Readonly<{
  /** Blocks of DEFLATE that end on a byte and of which none is the last (RFC 1951, section 3.2.3). */
  blocks: Buffer
  /** CRC-32 and length of the bytes as they were. */
  crc: number
  length: number
}>

const deflate = promisify(deflateRaw)

/** Compresses a body, in Node's pool of threads: some 40 ms for 13 MB, at the level that pays most for its time. */
export async function packBody(body: Buffer): Promise<PackedBody> {
  const blocks = await deflate(body, { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_SYNC_FLUSH })
  return { blocks, crc: crc32(body), length: body.length }
}

/** The most that a block without compression holds (RFC 1951, section 3.2.4). */
const maxStored = 65_535

/** Magic, DEFLATE, no flags, no time, any system (RFC 1952, section 2.3.1). */
const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

/**
 * Joins a packed body and what stands around it to one gzip member, without compressing again.
 *
 * Not one member for each part, which the format allows too: some clients read only the first.
 *
 * @param pieces - of the whole text: what stands before the body, the body itself, and what stands behind
 * @returns the pieces of the member, to be written one after the other
 */
export function spliceGzip(
  [before = '', , after = '']: readonly (string | Buffer)[],
  body: PackedBody,
): readonly Buffer[] {
  const [head, tail] = [Buffer.from(before), Buffer.from(after)]
  const crc = crc32(tail, joinCrc32(crc32(head), body.crc, body.length))
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc, 0)
  trailer.writeUInt32LE((head.length + body.length + tail.length) % 2 ** 32, 4)
  return [
    Buffer.concat([gzipHeader, ...store(head, false)]),
    body.blocks,
    Buffer.concat([...store(tail, true), trailer]),
  ]
}

/** Bytes as blocks without compression. */
function store(bytes: Buffer, isLast: boolean): Buffer[] {
  const blocks: Buffer[] = []
  let start = 0
  do {
    const part = bytes.subarray(start, start + maxStored)
    start += part.length
    const header = Buffer.alloc(5)
    header.writeUInt8(isLast && start >= bytes.length ? 1 : 0, 0)
    header.writeUInt16LE(part.length, 1)
    header.writeUInt16LE(maxStored - part.length, 3)
    blocks.push(header, part)
  } while (start < bytes.length)
  return blocks
}
