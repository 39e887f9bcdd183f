/** Pages that are kept as long as their view, and as long as there is room. */
export type KeptPages = Readonly<{
  find(view: object, key: string): Buffer | undefined
  /** Keeps a page, where it and the others of its view are not too large. */
  keep(view: object, key: string, page: Buffer): void
}>

/**
 * Keeps pages of as many bytes as these, of one view and of all views together. Past the second the pages that were kept
 * first go: where a new catalog has replaced all views at once, theirs are those of the old ones.
 */
export function keepPages({ maxBytesOfView, maxBytes }: { maxBytesOfView: number; maxBytes: number }): KeptPages {
  const views = new WeakMap<object, Map<string, Buffer>>()
  /** The oldest first. Weak, since a view that nobody has takes its pages along. */
  const turns = new Set<Readonly<{ pages: WeakRef<Map<string, Buffer>>; key: string; bytes: number }>>()
  let bytes = 0

  return {
    find: (view, key) => views.get(view)?.get(key),
    keep(view, key, page) {
      const pages = views.get(view) ?? new Map<string, Buffer>()
      const ofView = [...pages.values()].reduce((sum, each) => sum + each.length, page.length)
      if (pages.has(key) || ofView > Math.min(maxBytesOfView, maxBytes)) return
      views.set(view, pages.set(key, page))
      turns.add({ pages: new WeakRef(pages), key, bytes: page.length })
      bytes += page.length
      for (const oldest of turns) {
        const old = oldest.pages.deref()
        if (old !== undefined && bytes <= maxBytes) return
        turns.delete(oldest)
        bytes -= oldest.bytes
        old?.delete(oldest.key)
      }
    },
  }
}
