/** True for what is fetched; anything else is a path. Every room asks this one, or a path could pass for a URL. */
export function isUrl(at: string): boolean {
  return /^https?:\/\//i.test(at)
}

/** A host as rules have it: no brackets, no dot at the end. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}
