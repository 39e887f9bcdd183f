import type { Stats } from 'node:fs'
import { lstatSync } from 'node:fs'
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

/** This user's, and nobody else may write to it. Windows has neither; there a profile is its user's by itself. */
export function isOnlyOurs({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): boolean {
  const user = process.getuid?.()
  return user === undefined || (uid === user && (mode & 0o022) === 0)
}
