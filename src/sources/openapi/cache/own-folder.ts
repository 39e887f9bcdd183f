import type { Stats } from 'node:fs'
import { existsSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Tells whether what lies in a folder can only have been put there by this user: the folder and the one around it are
 * real ones, this user's, and nobody else may write to them.
 */
export function isOwnFolder(folder: string): boolean {
  try {
    return [dirname(folder), folder].map(each => lstatSync(each)).every(each => each.isDirectory() && isOnlyOurs(each))
  } catch {
    return false
  }
}

/**
 * Makes a folder, and what is missing of those around it, for this user alone.
 *
 * Not by `recursive` of Node, which never comes back where a folder that is there takes no others, as in `/proc`.
 */
export function makeOwnFolder(folder: string): void {
  if (existsSync(folder)) return
  if (folder !== dirname(folder)) makeOwnFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have been quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** This user's, and nobody else may write to it. Windows has neither; there a profile is its user's by itself. */
export function isOnlyOurs({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): boolean {
  const user = process.getuid?.()
  return user === undefined || (uid === user && (mode & 0o022) === 0)
}
