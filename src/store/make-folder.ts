import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder, and what is missing of those around it, for this user alone.
 *
 * Not by `recursive` of Node, which never comes back where a folder that is there takes no others, as in `/proc`.
 *
 * @throws whatever the file system says
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  if (folder !== dirname(folder)) makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have been quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
