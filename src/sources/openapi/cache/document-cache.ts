import { readdirSync } from 'node:fs'
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../../core/errors.ts'
import type { ExtractKey } from './cache-name.ts'
import { beginName, nameExtract } from './cache-name.ts'
import { headerBytes, readBytes, writeBytes } from './kept-bytes.ts'
import { isOwnFolder } from './own-folder.ts'

/**
 * Keeps the extracts of large documents in files, from one process to the next.
 *
 * It never fails: where the folder cannot be used, nothing is there and nothing is kept.
 */
export type DocumentCache = Readonly<{
  /** Whether a document of so many bytes may be there: false is certain, and quickly known. */
  mayHave: (size: number) => boolean
  /** The bytes that were kept under this key. Reads the file at once. */
  take: (key: ExtractKey) => Uint8Array | undefined
  /** Says that what {@link DocumentCache.take} gave under this key cannot be read. */
  drop: (key: ExtractKey) => void
  /** Keeps bytes under a key that is known later, or never: they are written a while after, so that nobody waits for it. */
  keep: (key: Promise<ExtractKey | undefined>, bytes: Uint8Array) => void
  /** Writes what is still to be written. */
  close: () => Promise<void>
}>

/** Where and how extracts are kept. */
export type DocumentCacheOptions = Readonly<{
  /** Its name and that of the folder around it are ours; those are made where they are missing. */
  folder: string
  /** See `identifyReader`. */
  reader: string
  /** All files together; those that were not used for the longest time go first. */
  maxBytes: number
  /** Leaves the folder as it is: for commands that only look. */
  readOnly: boolean
  /** Makes a folder, and what is missing of those around it, for this user alone. */
  makeFolder: (folder: string) => void
  log: (message: string) => void
}>

/** The first list is out by then, and most connections of a client are. */
const laterMs = 1_000
/** A file that is being written is renamed within seconds. */
const abandonedMs = 3_600_000

/** What is to be done with a file: written with these bytes, said to have been used, or removed. */
type Due = Uint8Array | 'used' | 'broken'

/** Opens the cache of a folder, which is looked at when something is asked for. */
export function openDocumentCache(options: DocumentCacheOptions): DocumentCache {
  const { folder, reader, maxBytes, readOnly, makeFolder, log } = options
  const waiting = new Map<string, Due>()
  const unnamed = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()
  let told = false

  const tell = (what: string): void => {
    if (!told) log(`Documents that were read are not kept: ${what}`)
    told = true
  }
  const later = (name: string, due: Due): void => {
    if (readOnly) return
    waiting.set(name, due)
    timer ??= setTimeout(flush, laterMs).unref()
  }
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const due = [...waiting]
    waiting.clear()
    writing = writing.then(() => write(due)).catch(error => tell(messageOf(error)))
    return writing
  }
  const write = async (all: readonly (readonly [string, Due])[]): Promise<void> => {
    if (all.length === 0) return
    makeFolder(folder)
    if (!isOwnFolder(folder)) return tell(`"${folder}" is not a folder that only this user may write to.`)
    for (const [name, due] of all) {
      const path = join(folder, name)
      if (due === 'broken') await rm(path, { force: true })
      else if (due === 'used') await touch(path)
      else {
        await trimFolder(folder, maxBytes - due.length - headerBytes)
        await writeBytes(path, due)
      }
    }
  }
  const drop = (name: string): void => {
    log(`A document is read again: what was kept of it as "${name}" is damaged.`)
    later(name, 'broken')
  }

  return {
    mayHave: size => hasBeginning(folder, beginName(reader, size)),
    take: key => {
      const name = nameExtract(reader, key)
      if (!isOwnFolder(folder)) return undefined
      const bytes = readBytes(join(folder, name), maxBytes)
      if (bytes === 'broken') drop(name)
      else if (bytes !== undefined) later(name, 'used')
      return bytes === 'broken' ? undefined : bytes
    },
    drop: key => drop(nameExtract(reader, key)),
    keep: (key, bytes) => {
      if (readOnly || bytes.length + headerBytes > maxBytes) return
      const naming = key.then(known => {
        unnamed.delete(naming)
        if (known !== undefined) later(nameExtract(reader, known), bytes)
      })
      unnamed.add(naming)
    },
    close: async () => {
      await Promise.all(unnamed)
      await flush()
    },
  }
}

/** Tells whether a folder has a file whose name begins so. */
export function hasBeginning(folder: string, beginning: string): boolean {
  try {
    return readdirSync(folder).some(name => name.startsWith(beginning))
  } catch {
    return false
  }
}

/** The time of a file says when it was used last. */
async function touch(path: string): Promise<void> {
  const now = new Date()
  // Another process may have removed it meanwhile.
  await utimes(path, now, now).catch(() => {})
}

/** Removes what was not used for the longest time until `maxBytes` are left at most, and what a crash has left behind. */
async function trimFolder(folder: string, maxBytes: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).map(async name => {
      const path = join(folder, name)
      const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }))
      return { path, size, mtimeMs, isAbandoned: name.endsWith('.tmp') && mtimeMs < Date.now() - abandonedMs }
    }),
  )
  let total = 0
  for (const { path, size, isAbandoned } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
    total += size
    if (total > maxBytes || isAbandoned) await rm(path, { force: true, recursive: false }).catch(() => {})
  }
}
