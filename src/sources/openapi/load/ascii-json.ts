import { isAscii } from 'node:buffer'

/** Bytes looked at in one go, by code that is not JavaScript. */
const stepBytes = 16_384

/** More places than this are no longer worth it. */
const maxPlaces = 10_000

/**
 * The text of a JSON document of which little is not ASCII, with that little written as `\uXXXX`: the same value to a JSON
 * parser, in half the memory and two thirds of the time, since V8 keeps a text of one byte a character where it can.
 *
 * @param bytes - valid UTF-8 without a byte order mark
 * @returns undefined where there is too much of it, or where an escape would change what the text means
 */
export function asciiJson(bytes: Buffer): string | undefined {
  let text = ''
  let from = 0
  let places = 0
  for (let step = 0; step < bytes.length; step += stepBytes) {
    const end = Math.min(step + stepBytes, bytes.length)
    if (isAscii(bytes.subarray(step, end))) continue
    for (let at = Math.max(step, from); at < end; at += 1) {
      if ((bytes[at] ?? 0) < 0x80) continue
      let behind = at + 1
      while ((bytes[behind] ?? 0) >= 0x80) behind += 1
      places += 1
      if (places > maxPlaces || bytes[at - 1] === backslash) return undefined
      text += bytes.toString('latin1', from, at) + escapeAll(bytes.toString('utf8', at, behind))
      from = behind
      at = behind
    }
  }
  return text + bytes.toString('latin1', from)
}

const backslash = 0x5c

function escapeAll(text: string): string {
  let escaped = ''
  for (let at = 0; at < text.length; at += 1) escaped += `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`
  return escaped
}
