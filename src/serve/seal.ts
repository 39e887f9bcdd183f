import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/**
 * Seals what we hand to a client to be brought back: it can neither read nor change it, nor use it for something else.
 * AES-256-GCM; the first key seals, every key opens, so that keys can be rotated and shared among replicas.
 */
export type Sealer = Readonly<{
  /**
   * @param purpose - what the text is for; it opens for no other
   * @param value - anything that JSON can write
   * @returns base64url, about 4/3 of the JSON and 40 characters
   */
  seal(purpose: string, value: unknown): string
  /** The value; undefined for what we did not seal for this purpose, of whatever type. Never throws. */
  open(purpose: string, sealed: unknown): unknown
}>

/** Makes a sealer of these secrets (`server.stateKeys`); without any, of one that ends with this process. */
export function createSealer(secrets: readonly string[]): Sealer {
  const given = secrets.length === 0 ? [randomBytes(32)] : secrets
  const keys = given.map(secret => Buffer.from(hkdfSync('sha256', secret, '', 'patchbay client state', 32)))
  const [first = randomBytes(32)] = keys

  return {
    seal(purpose, value) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', first, nonce).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
      return Buffer.concat([version, nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(purpose, sealed) {
      if (typeof sealed !== 'string') return undefined
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length <= headBytes || bytes[0] !== version[0]) return undefined
      // Node reads other spellings of base64 too; one text has one spelling here.
      if (bytes.toString('base64url') !== sealed) return undefined
      for (const key of keys) {
        const text = decrypt(key, purpose, bytes)
        if (text !== undefined) return JSON.parse(text)
      }
      return undefined
    },
  }
}

/** The form of what follows: nonce, tag, body. */
const version = Buffer.from([1])
const nonceBytes = 12
const tagBytes = 16
const headBytes = 1 + nonceBytes + tagBytes

function decrypt(key: Buffer, purpose: string, bytes: Buffer): string | undefined {
  try {
    const nonce = bytes.subarray(1, 1 + nonceBytes)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(1 + nonceBytes, headBytes))
    return Buffer.concat([decipher.update(bytes.subarray(headBytes)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
