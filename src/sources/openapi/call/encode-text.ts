const plain = /^[\w.~-]*$/

/** Percent-encodes everything that could mean something in a URL (RFC 3986, section 2.3: all but unreserved). */
export function encodeText(text: string): string {
  // Nearly every name, and most values.
  if (plain.test(text)) return text
  // A lone surrogate would make encodeURIComponent throw.
  return encodeURIComponent(text.isWellFormed() ? text : text.toWellFormed())
}

/**
 * Keeps what RFC 6570 reserves and triples such as `%20`, except what would end the value: in a query `&`, `=`, `#` and
 * `+`, in a path `/`, `?` and `#` (OpenAPI 3.2, Parameter Object, "allowReserved").
 */
export function encodeReserved(text: string, inPath = false): string {
  return encodeText(text)
    .replace(inPath ? keptInPath : keptInQuery, decodeURIComponent)
    .replace(/%25([0-9A-Fa-f]{2})/g, '%$1')
}

const keptInQuery = /%(?:3A|2F|3F|40|24|2C|3B|5B|5D)/g
const keptInPath = /%(?:3A|40|24|2C|3B|5B|5D|26|3D|2B)/g
