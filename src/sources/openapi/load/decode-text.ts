import { isUtf8 } from 'node:buffer'
import { invalidDocument } from './document-error.ts'

/**
 * Decodes the bytes of a document: UTF-8, or UTF-16 of either order when a byte order mark or the zero bytes of its first
 * characters say so (YAML 1.2, section 5.2; RFC 4627, section 3). The mark is left out of the text.
 *
 * Nothing is guessed and nothing replaced: a wrong byte refuses the document, so that no name is ever mojibake.
 *
 * @throws GatewayError `DOCUMENT_INVALID`, code `E_ENCODING`, with the line and column of the first wrong byte
 */
export function decodeText(bytes: Uint8Array, from: string): string {
  const encoding = detectEncoding(bytes)
  if (encoding === 'utf-32') throw invalidDocument(from, { code: 'E_ENCODING', what: 'is UTF-32; save it as UTF-8' })
  if (encoding !== 'utf-8') return decodeUtf16(bytes, encoding, from)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!isUtf8(buffer)) {
    const at = findWrongByte(buffer)
    throw invalidDocument(from, { code: 'E_ENCODING', what: 'is not valid UTF-8; save it as UTF-8', at })
  }
  return buffer.toString('utf8', startsWith(buffer, 0xef, 0xbb, 0xbf) ? 3 : 0)
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32'

function detectEncoding(bytes: Uint8Array): Encoding {
  if (startsWith(bytes, 0xff, 0xfe, 0, 0) || startsWith(bytes, 0, 0, 0xfe, 0xff)) return 'utf-32'
  if (startsWith(bytes, 0xff, 0xfe)) return 'utf-16le'
  if (startsWith(bytes, 0xfe, 0xff)) return 'utf-16be'
  const [first = 1, second = 1, third = 1, fourth = 1] = bytes
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le'
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return 'utf-16be'
  return 'utf-8'
}

function decodeUtf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be', from: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    const what = `is not valid ${encoding.toUpperCase()}; save it as UTF-8`
    throw invalidDocument(from, { code: 'E_ENCODING', what }, cause)
  }
}

/** What decoding replaces is what differs when it is encoded again. */
function findWrongByte(buffer: Buffer): Readonly<{ line: number; column: number }> {
  let start = 0
  for (let line = 1; ; line += 1) {
    const next = buffer.indexOf(0x0a, start)
    const bytes = buffer.subarray(start, next < 0 ? buffer.length : next)
    if (next < 0 || !isUtf8(bytes)) {
      const again = Buffer.from(bytes.toString('utf8'))
      const offset = bytes.findIndex((byte, index) => byte !== again[index])
      return { line, column: bytes.toString('utf8', 0, Math.max(offset, 0)).length + 1 }
    }
    start = next + 1
  }
}

function startsWith(bytes: Uint8Array, ...start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte)
}
