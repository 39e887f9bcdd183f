import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../../core/json.ts'

/**
 * One file of a document. `name` is its path from the directory of the main one, whose own is ''; `url` is where it was
 * found, `file:` or http(s); `declared` is what it calls itself (`$self` or `$id`).
 */
export type DocumentFile = Readonly<{ name: string; url: URL; declared?: URL }>

/** What a reference means: a fragment of a file that may be read, by its name; undefined for one that may not. */
export type PlacedReference = Readonly<{ file: DocumentFile; fragment: string }> | undefined

/**
 * Decides which file a reference points to. Pure: nothing is read, and what a link on disk leads to is not known here.
 *
 * A reference is relative to the file it stands in: to what that file calls itself, else to where it was found. A file
 * that calls itself something else than where it lies has its neighbours beside it all the same.
 *
 * @returns undefined for what lies outside the directory of a file, or the origin of a URL
 */
export function placeReference(ref: string, file: DocumentFile, main: DocumentFile): PlacedReference {
  const target = URL.parse(ref, file.declared?.href ?? file.url.href)
  if (target === null) return undefined
  const fragment = target.hash
  target.hash = ''
  const called = [file, main].find(each => target.href === each.declared?.href)
  if (called !== undefined) return { file: called, fragment }
  for (const url of [target, ...[file, main].flatMap(each => moveBeside(target, each))]) {
    const name = nameFile(url, main.url)
    if (name !== undefined) return { file: name === '' ? main : { name, url }, fragment }
  }
  return undefined
}

/** The URL by which a file calls itself, resolved against where it was found. It gives no right to read anything. */
export function readDeclared(root: JsonObject, url: URL): URL | undefined {
  const declared = [root.$self, root.$id].find(each => typeof each === 'string')
  const parsed = declared === undefined ? null : URL.parse(declared as string, url.href)
  if (parsed === null) return undefined
  parsed.hash = ''
  return parsed
}

/** `https://a.example/v1/pet.yaml` of a file that calls itself `https://a.example/v1/api.yaml` is `pet.yaml` beside it. */
function moveBeside(target: URL, { url, declared }: DocumentFile): readonly URL[] {
  if (declared === undefined) return []
  const directory = new URL('.', declared).href
  return target.href.startsWith(directory) ? [new URL(target.href.slice(directory.length), url)] : []
}

function nameFile(target: URL, main: URL): string | undefined {
  if (target.protocol !== main.protocol || target.username !== '' || target.password !== '') return undefined
  const directory = new URL('.', main)
  const isBeside = target.pathname.startsWith(directory.pathname)
  if (main.protocol === 'file:') return target.host === '' && isBeside ? nameOnDisk(target, directory) : undefined
  if (target.origin !== main.origin) return undefined
  if (target.href === main.href) return ''
  const path = target.pathname + target.search
  return isBeside ? path.slice(directory.pathname.length) : path
}

function nameOnDisk(target: URL, directory: URL): string | undefined {
  try {
    return relative(fileURLToPath(directory), fileURLToPath(target)).replaceAll('\\', '/')
  } catch {
    // An encoded slash is part of no file's name.
    return undefined
  }
}
