/** Shorter values would hide ordinary words. */
const minLength = 6

/**
 * The spellings in which a secret may come back: with and without a scheme in front, as in a URL, as in JSON.
 *
 * @returns distinct, the longest first, so that one which is part of another is not hidden before it; values of less than
 *   6 characters are left out
 */
export function spellings(values: readonly string[]): readonly string[] {
  const bare = values.flatMap(value => [value, value.replace(/^\S+\s+/, '')])
  const all = bare.flatMap(value => {
    const sound = value.toWellFormed()
    return [value, encodeURIComponent(sound), encodeURI(sound), JSON.stringify(value).slice(1, -1)]
  })
  return [...new Set(all)].filter(value => value.length >= minLength).sort((a, b) => b.length - a.length)
}

/** What stands in place of a secret in what others wrote. */
const hidden = '[hidden]'

/** Takes secrets out of a text. @param secrets - as {@link spellings} gives them */
export function hideSecrets(text: string, secrets: readonly string[], mark: string = hidden): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, mark), text)
}

/**
 * What of a URL may be a credential, wherever it came from: its password, each value of its query, as it is and as it is
 * written, and what of its path looks like a key. Nothing of a text that is no URL.
 */
export function secretsInUrl(text: string): readonly string[] {
  const url = URL.parse(text)
  if (url === null) return []
  const written = url.search.split('&').map(pair => pair.slice(pair.indexOf('=') + 1))
  const keys = url.pathname.split('/').filter(looksLikeKey)
  return [url.password, ...keys, ...written, ...url.searchParams.values()].filter(value => value !== '')
}

/**
 * What of the values that variables filled into URLs is taken for a secret: all of it, but for the scheme, host and port,
 * which people need to see. Of a value with several segments each is one.
 *
 * @param urls - those that they were filled into, whose hosts are no secrets
 */
export function secretsInFilled(values: readonly string[], urls: readonly string[]): readonly string[] {
  const origins = urls.flatMap(each => URL.parse(each)?.origin ?? [])
  const isShown = (piece: string): boolean => origins.some(origin => origin.includes(piece.toLowerCase()))
  return values.flatMap(value => {
    const holdsHost = /^[a-z]+:\/\//i.test(value) || isShown(value.split(/[/?#]/, 1)[0] ?? '')
    const pieces = value.split(/[/?#&=]/).filter(piece => !isShown(piece))
    return holdsHost ? pieces : [value, ...pieces]
  })
}

/**
 * Shows a URL: its scheme, host and port as they are, `***` for secrets in its path, and of its query the names alone.
 *
 * @param secrets - as {@link spellings} gives them
 */
export function showUrl({ origin, pathname, search, searchParams }: URL, secrets: readonly string[]): string {
  const path = hideSecrets(pathname, secrets, '***')
  if (search === '') return origin + path
  const names = [...searchParams.keys()].map(name => `${encodeURIComponent(name)}=***`).join('&')
  return `${origin}${path}?${hideSecrets(names, secrets, '***')}`
}

/** Letters and digits in one run, as no word has them, or a UUID. */
function looksLikeKey(segment: string): boolean {
  const runs = segment.match(/[A-Za-z0-9]{16,}/g) ?? []
  return runs.some(run => /\d/.test(run) && /[A-Za-z]/.test(run)) || uuid.test(segment)
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i
