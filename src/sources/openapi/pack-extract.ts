import { deserialize, serialize } from 'node:v8'
import type { DocumentExtract } from './document-extract.ts'

/** How many bytes say where the calls begin. */
const offsetBytes = 4

/**
 * Writes an extract down: what is listed, then what calls need. Bytes of their own, so that they can be handed over.
 *
 * In V8's format, in which what is shared stays one object; JSON would write it out.
 */
export function packExtract({ calls, ...listed }: DocumentExtract): Uint8Array<ArrayBuffer> {
  const parts = [serialize(listed), serialize(calls)] as const
  const packed = new Uint8Array(offsetBytes + parts[0].length + parts[1].length)
  new DataView(packed.buffer).setUint32(0, parts[0].length)
  packed.set(parts[0], offsetBytes)
  packed.set(parts[1], offsetBytes + parts[0].length)
  return packed
}

/**
 * Reads what {@link packExtract} wrote. The calls are read when somebody asks for them: no list does, and it waits for
 * nothing that it does not need.
 *
 * @throws when the bytes are something else
 */
export function unpackExtract(packed: Uint8Array): DocumentExtract {
  const end = offsetBytes + new DataView(packed.buffer, packed.byteOffset, packed.length).getUint32(0)
  const listed: Omit<DocumentExtract, 'calls'> = deserialize(packed.subarray(offsetBytes, end))
  let rest: Uint8Array | undefined = packed.slice(end)
  let calls: DocumentExtract['calls'] = new Map()
  return {
    ...listed,
    get calls() {
      if (rest !== undefined) calls = deserialize(rest)
      rest = undefined
      return calls
    },
  }
}
