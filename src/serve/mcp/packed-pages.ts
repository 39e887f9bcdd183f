import type { PackedBody } from './gzip-splice.ts'
import { packBody } from './gzip-splice.ts'

/** A shorter page costs less to send than to unpack. */
const minBytes = 16_384

/** Ends with the page, whose bytes are kept as long as its view. */
const packed = new WeakMap<Buffer, PackedBody | 'asked for' | 'being packed'>()

/**
 * A page of a list in compressed form, for a client that takes gzip (RFC 9110, section 12.5.3).
 *
 * Packing takes longer than sending, so nobody waits for it: a page is packed when it is asked for the second time, since
 * then it is one that is kept, and given in that form from then on.
 *
 * @param accepts - the header `accept-encoding`
 * @returns undefined for a client that does not take it, a short page, and one that is not packed yet
 */
export function packedFor(page: Buffer, accepts: string | readonly string[] | undefined): PackedBody | undefined {
  if (accepts === undefined || !isPackable(page) || !takesGzip(String(accepts))) return undefined
  const state = packed.get(page)
  if (typeof state === 'object') return state
  if (state === undefined) packed.set(page, 'asked for')
  if (state === 'asked for') {
    packed.set(page, 'being packed')
    // Where it cannot be packed it goes on being sent as it is.
    packBody(page).then(
      body => packed.set(page, body),
      () => {},
    )
  }
  return undefined
}

/** Whether a client that takes gzip may get this page so. */
export function isPackable(page: Buffer): boolean {
  return page.length >= minBytes
}

/** Named, or meant by `*`, and not refused by a weight of zero. */
function takesGzip(accepts: string): boolean {
  const codings = accepts
    .toLowerCase()
    .split(',')
    .map(coding => coding.split(';').map(part => part.trim()))
  const found = codings.find(([name]) => name === 'gzip' || name === 'x-gzip') ?? codings.find(([name]) => name === '*')
  return found !== undefined && !found.slice(1).some(parameter => /^q=0(\.0*)?$/.test(parameter))
}
