/** The headers that may hold a caller's key, in the order they are told to people. */
export const credentialHeaders = ['authorization', 'x-api-key', 'x-litellm-api-key'] as const

/**
 * The credentials in one of these headers. `Authorization` holds a key of ours only as `Bearer`, the others with it or
 * without. A repeated header is an array, or one text joined by a comma (Node, `message.headers`).
 *
 * Linear in the text, which anyone may send: a pattern that trims from the end is not.
 */
export function credentialsIn(name: string, value: string | readonly string[] | undefined): string[] {
  const texts = typeof value === 'string' ? [value] : (value ?? [])
  return texts
    .flatMap(text => text.split(/,[ \t]/))
    .flatMap(text => {
      const given = text.trim()
      const isBearer = /^bearer\s/i.test(given)
      const credential = isBearer ? given.slice('bearer'.length).trim() : given
      return credential === '' || (name === 'authorization' && !isBearer) ? [] : [credential]
    })
}
