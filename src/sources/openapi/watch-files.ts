import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FileWatch, WatchFile } from '../../core/watch-file.ts'

/** Watches over the files of a document besides its own. */
export type FilesWatch = Readonly<{
  /**
   * These are the files now.
   *
   * @param readAfter - when their reading began, in milliseconds since 1970: what has changed since is told
   */
  follow: (urls: readonly string[], readAfter: number) => void
  close: () => void
}>

/** Tells when one of several files has changed, comes or goes. URLs that are no `file:` are passed over. */
export function watchFiles(watchFile: WatchFile, onChange: () => Promise<undefined>): FilesWatch {
  const watches = new Map<string, FileWatch>()
  return {
    follow: (urls, readAfter) => {
      const paths = new Set(urls.filter(url => url.startsWith('file:')).map(url => fileURLToPath(url)))
      for (const [path, watch] of watches) {
        if (paths.has(path)) continue
        watch.close()
        watches.delete(path)
      }
      const fresh = [...paths].filter(path => !watches.has(path))
      for (const path of fresh) watches.set(path, watchFile(path, { onChange }))
      if (fresh.some(path => changedAt(path) > readAfter)) void onChange()
    },
    close: () => {
      for (const watch of watches.values()) watch.close()
      watches.clear()
    },
  }
}

function changedAt(path: string): number {
  try {
    return statSync(path).mtimeMs
  } catch {
    // Its coming is told by its watch.
    return 0
  }
}
