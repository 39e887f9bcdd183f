/** The polynomial of CRC-32, its lowest power in the highest bit (RFC 1952, section 8). */
const polynomial = 0xedb88320

/** x to the power of 0 and 1, in the same order of bits. */
const one = 0x80000000
const x = 0x40000000

/**
 * The CRC-32 of two texts one after the other, from those of each: the first is moved up by as many bytes as the second
 * has, which is a multiplication by a power of x modulo the polynomial.
 *
 * @param length - of the second text, in bytes
 */
export function joinCrc32(first: number, second: number, length: number): number {
  return (multiply(powerOfX(8 * length), first) ^ second) >>> 0
}

/** By squaring; the exponent may be past 2^32. */
function powerOfX(exponent: number): number {
  let power = one
  let square = x
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(square, power)
    square = multiply(square, square)
  }
  return power
}

/** The product of two polynomials over GF(2), modulo that of CRC-32. */
function multiply(a: number, b: number): number {
  let product = 0
  let shifted = b
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ polynomial
  }
  return product
}
